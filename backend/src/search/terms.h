/* Text as it is searched, and the inverted index's pieces of it. Pure.
 *
 * Folding maps each code point to one: ASCII and full-width Latin to lower-case ASCII, the ideographic space and controls to a
 * space; everything else stays. So places in the folded text are places in the original.
 * Terms: pairs of neighbours in runs of Chinese characters, pairs and triples in runs of Latin letters, digits and . - _ @ : /
 * (addresses, models, mail). Whatever contains a word contains the word's terms; the words themselves are compared last. */
#ifndef SEARCH_TERMS_H
#define SEARCH_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/str.h"

enum {
    SEARCH_BODY_MAX = 6000, /* characters of a body that are kept; what is beyond cannot be found */
    SEARCH_WORDS_MAX = 5,
    SEARCH_WORD_MAX = 64,   /* code points of a word */
    SEARCH_NEEDLES_MAX = 48 /* terms of a query */
};

struct str search_fold(struct arena *a, struct str text);
/* The distinct terms of folded text, sorted; they point into it. */
size_t search_terms(struct arena *a, struct str folded, struct str **out);

struct search_query {
    struct str word[SEARCH_WORDS_MAX]; /* folded; each must occur */
    size_t words;
    struct str term[SEARCH_NEEDLES_MAX]; /* which the index is asked for: triples where a word has them */
    size_t terms;
};
/* False when there are too many words or one is too long. terms may be 0: words of one character only. */
bool search_query(struct arena *a, struct str q, struct search_query *out);

/* ---- lists of documents: the numbers of one term inside one block ---- */
enum { SEARCH_BLOCK_BITS = 12, SEARCH_BLOCK = 1 << SEARCH_BLOCK_BITS };
struct posting {
    uint32_t block;
    struct str docs; /* two bytes each */
};
struct posting_list { /* blocks descending */
    struct posting *at;
    size_t n;
};
/* Numbers that are in every list, newest first, at most max; *cut when there were more. */
size_t search_common(const struct posting_list *lists, size_t n, uint64_t *out, size_t max, bool *cut);

#endif
