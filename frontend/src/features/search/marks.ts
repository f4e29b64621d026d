/** One code unit for one, as the server folds text: full-width Latin is Latin, upper case is lower. */
export function fold(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[\u3000\s]/g, ' ').replace(/[A-Z]/g, (c) => c.toLowerCase())
}

export interface Piece {
  text: string
  hit: boolean
}

/** The text in pieces, those that a word stands in marked; words that overlap are one piece. */
export function pieces(text: string, words: readonly string[]): Piece[] {
  const folded = fold(text)
  const hit = new Array<boolean>(text.length).fill(false)
  for (const word of words) {
    for (let at = word ? folded.indexOf(word) : -1; at >= 0; at = folded.indexOf(word, at + 1)) hit.fill(true, at, at + word.length)
  }
  const out: Piece[] = []
  for (let i = 0; i < text.length; i++) {
    const last = out.at(-1)
    if (last && last.hit === hit[i]) last.text += text[i]
    else out.push({ text: text[i]!, hit: hit[i]! })
  }
  return out
}
