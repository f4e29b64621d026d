/* /flow-instances, /tasks/{id}/...: what people do with running flows */
#include "flow/instance_store.h"
#include "json/write.h"
#include "kernel/clock.h"
#include "notify/notify.h"

struct error *flow_instance_get(struct request *r);
struct error *flow_withdraw(struct request *r);
struct error *flow_terminate(struct request *r);
struct error *flow_pause(struct request *r);
struct error *flow_resume(struct request *r);
struct error *task_do_complete(struct request *r);
struct error *task_do_return(struct request *r);
struct error *task_transfer(struct request *r);
struct error *task_delegate(struct request *r);
struct error *task_add_signer(struct request *r);
struct error *task_remove_signer(struct request *r);
struct error *task_extend(struct request *r);
struct error *task_extend_decide(struct request *r);
struct error *task_urge(struct request *r);
struct error *task_cc(struct request *r);
struct error *task_candidates(struct request *r);

enum { CC_MAX = 50 };

/* What the caller is to an instance and one of its seats. */
enum relation { OWN = 1, MANAGER = 2, INITIATOR = 4 };
/* Who may do what: shown by the answer, held by the routes. */
static const unsigned allowed[FLOW_ACTS] = {
    [ACT_COMPLETE] = OWN,
    [ACT_RETURN] = OWN,
    [ACT_ADD_SIGNER] = OWN | MANAGER,
    [ACT_REMOVE_SIGNER] = OWN | MANAGER,
    [ACT_TRANSFER] = OWN | MANAGER,
    [ACT_DELEGATE] = OWN,
    [ACT_URGE] = MANAGER | INITIATOR,
    [ACT_EXTEND_ASK] = OWN,
    [ACT_EXTEND_GRANT] = MANAGER | INITIATOR,
    [ACT_EXTEND_REFUSE] = MANAGER | INITIATOR,
    [ACT_CC] = OWN | MANAGER | INITIATOR,
    [ACT_WITHDRAW] = INITIATOR,
    [ACT_TERMINATE] = MANAGER,
    [ACT_PAUSE] = MANAGER,
    [ACT_RESUME] = MANAGER,
};

static struct error *relation_to(struct request *r, const struct flow_instance *x, const struct seat *seat, unsigned *out)
{
    bool manages = principal_may(r->who, x->kind->manage);
    if (manages)
        TRY(x->kind->seen(r, x->subject_id, true, &manages));
    *out = (seat && seat->own ? OWN : 0u) | (manages ? MANAGER : 0u) |
           (x->initiator[0] && strcmp(x->initiator, r->who->id) == 0 ? INITIATOR : 0u);
    return NULL;
}

/* ---- showing ---- */
static const char *seat_form(const struct flow_instance *x, const struct flow_task_live *t, unsigned seat)
{
    const struct flow_node *n = &x->model.nodes[t->node];
    return t->seats[seat].owner[0] ? "delegated" : n->signer_count ? "signer" : "single";
}

/* What the caller may do with a seat; the server decides again when it is done. */
static void put_acts(struct jw *w, const struct flow_instance *x, unsigned task, unsigned relation)
{
    const struct flow_task_live *t = &x->state->live[task];
    const struct flow_node *n = &x->model.nodes[t->node];
    bool running = x->state->status == FLOW_RUNNING;
    const struct {
        const char *act;
        enum flow_act_kind kind;
        bool fits;
    } acts[] = {{"complete", ACT_COMPLETE, true},
                {"transfer", ACT_TRANSFER, true},
                {"delegate", ACT_DELEGATE, true},
                {"add_signer", ACT_ADD_SIGNER, true},
                {"remove_signer", ACT_REMOVE_SIGNER, t->seat_count > 1},
                {"extend", ACT_EXTEND_ASK, t->due != 0},
                {"extend_decide", ACT_EXTEND_GRANT, t->wished != 0},
                {"urge", ACT_URGE, true},
                {"cc", ACT_CC, true}};
    jw_array_begin(w, "acts");
    for (size_t i = 0; running && i < sizeof acts / sizeof *acts; i++)
        if (acts[i].fits && (allowed[acts[i].kind] & relation))
            jw_z(w, NULL, acts[i].act);
    jw_array_end(w);
    jw_array_begin(w, "outcomes");
    for (unsigned i = 0; i < n->outcome_count; i++)
        jw_z(w, NULL, n->outcomes[i]);
    jw_array_end(w);
    jw_array_begin(w, "return_to");
    for (unsigned i = 0; running && (relation & allowed[ACT_RETURN]) && i < x->model.node_count; i++)
        if (flow_may_return(&x->model, x->state, task, i)) {
            jw_object_begin(w, NULL);
            jw_z(w, "node", x->model.nodes[i].id);
            jw_z(w, "name", x->model.nodes[i].name);
            jw_object_end(w);
        }
    jw_array_end(w);
}

static struct error *put_seats(struct request *r, struct jw *w, const struct flow_instance *x, unsigned relation)
{
    struct rows rows;
    TRY(seat_rows(r, x->id, &rows));
    jw_array_begin(w, "seats");
    while (rows_next(&rows)) {
        unsigned task, seat;
        if (!flow_seat_find(x->state, (unsigned)row_int(&rows, 0), &task, &seat))
            continue;
        const struct flow_task_live *t = &x->state->live[task];
        bool own = row_int(&rows, 7) != 0;
        jw_object_begin(w, NULL);
        jw_row_text(w, "task_id", &rows, 1);
        jw_z(w, "node", x->model.nodes[t->node].id);
        jw_z(w, "node_name", x->model.nodes[t->node].name);
        jw_row_text(w, "user_id", &rows, 2);
        jw_row_text(w, "user_name", &rows, 3);
        jw_row_text(w, "org_name", &rows, 4);
        jw_row_time(w, "due_at", &rows, 5);
        jw_row_time(w, "opened_at", &rows, 6);
        jw_time(w, "wished_at", t->wished);
        jw_z(w, "form", seat_form(x, t, seat));
        jw_bool(w, "own", own);
        put_acts(w, x, task, relation | (own ? OWN : 0u));
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&rows);
}

static void put_nodes(struct jw *w, const struct flow_instance *x)
{
    jw_array_begin(w, "nodes");
    for (unsigned i = 0; i < x->model.node_count; i++) {
        const struct flow_node *n = &x->model.nodes[i];
        bool live = false;
        for (unsigned k = 0; k < x->state->live_count; k++)
            live = live || x->state->live[k].node == i;
        jw_object_begin(w, NULL);
        jw_z(w, "id", n->id);
        jw_z(w, "name", n->name);
        jw_bool(w, "task", n->type == FLOW_TASK);
        jw_bool(w, "visited", x->state->visited[i] || x->state->result == i);
        jw_bool(w, "live", live);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static struct error *put_moments(struct request *r, struct jw *w, const char *instance)
{
    struct rows rows;
    TRY(moment_rows(r, instance, &rows));
    jw_array_begin(w, "moments");
    while (rows_next(&rows)) {
        jw_object_begin(w, NULL);
        jw_row_text(w, "act", &rows, 0);
        jw_row_text(w, "node_name", &rows, 1);
        jw_row_text(w, "actor_name", &rows, 2);
        jw_row_text(w, "actor_org_name", &rows, 3);
        jw_row_text(w, "whom", &rows, 4);
        jw_row_text(w, "outcome", &rows, 5);
        jw_row_text(w, "opinion", &rows, 6);
        jw_row_time(w, "due_at", &rows, 7);
        jw_row_time(w, "at", &rows, 8);
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&rows);
}

static struct error *answer(struct request *r, const struct flow_instance *x)
{
    unsigned relation;
    struct jw w = jw_of(&r->reply);
    bool live = x->state->status <= FLOW_PAUSED;
    TRY(relation_to(r, x, NULL, &relation));
    jw_object_begin(&w, NULL);
    jw_z(&w, "id", x->id);
    jw_z(&w, "kind", x->kind->rules.kind);
    jw_z(&w, "subject_id", x->subject_id);
    jw_z(&w, "flow_name", x->flow_name);
    jw_int(&w, "n", x->n);
    jw_z(&w, "state", flow_status_name[x->state->status]);
    jw_z(&w, "result", x->state->result == FLOW_NONE ? NULL : x->model.nodes[x->state->result].result);
    jw_time(&w, "created_at", x->created_at);
    jw_str(&w, "xml", x->xml);
    jw_array_begin(&w, "acts");
    if (live && (relation & allowed[ACT_WITHDRAW]) && !x->state->completed)
        jw_z(&w, NULL, "withdraw");
    if (live && (relation & allowed[ACT_TERMINATE])) {
        jw_z(&w, NULL, x->state->status == FLOW_PAUSED ? "resume" : "pause");
        jw_z(&w, NULL, "terminate");
    }
    jw_array_end(&w);
    put_nodes(&w, x);
    TRY(put_seats(r, &w, x, relation));
    TRY(put_moments(r, &w, x->id));
    jw_object_end(&w);
    return reply_written(r, 200);
}

struct error *flow_instance_get(struct request *r)
{
    const struct flow_kind *k = flow_kind_of(param_str(r, "kind"));
    const char *subject = str_dup(r->arena, param_str(r, "subject"));
    struct flow_instance x;
    char id[37];
    bool found = k != NULL;
    if (found)
        TRY(k->seen(r, subject, false, &found));
    if (!found)
        return not_found(r);
    TRY(instance_of_subject(r->db, r->arena, k->rules.kind, subject, true, id));
    if (!id[0])
        return not_found(r);
    TRY(instance_load(r->db, r->arena, id, false, &x, &found));
    return found ? answer(r, &x) : not_found(r);
}

/* ---- acting ---- */
static struct str audit_text(struct request *r, const struct flow_instance *x, const char *act, const struct act_note *note)
{
    struct buf b = buf_new(r->arena, 512, 16384);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_z(&w, "title", x->title);
    jw_z(&w, "act", act);
    jw_z(&w, "whom", note->whom);
    jw_opt(&w, "opinion", note->opinion);
    jw_z(&w, "state", flow_status_name[x->state->status]);
    jw_object_end(&w);
    return buf_done(&b);
}

static struct error *perform(struct request *r, struct flow_instance *x, struct flow_act act, struct act_note *note)
{
    struct actor by = actor_of(r);
    note->by = &by;
    note->opinion = body_str(r, "opinion");
    TRY(instance_do(r->services, r->arena, r, x, act, note, clock_now_us()));
    request_audit(r, x->kind->subject_kind, arena_strdup(r->arena, x->subject_id), &x->org, STR(""),
                  audit_text(r, x, flow_act_name[act.kind], note));
    return answer(r, x);
}

/* The instance locked, and the seat as it is since. 404 for whoever has nothing to do with it. */
static struct error *take_seat(struct request *r, enum flow_act_kind kind, struct flow_instance *x, struct seat *seat)
{
    unsigned relation = 0;
    bool found;
    TRY(seat_of_task(r, param_str(r, "id"), seat, &found));
    if (found)
        TRY(instance_load(r->db, r->arena, seat->instance, true, x, &found));
    if (found)
        TRY(seat_of_task(r, param_str(r, "id"), seat, &found));
    if (found)
        TRY(relation_to(r, x, seat, &relation));
    if (!found || !relation)
        return not_found(r);
    if (!seat->open)
        return conflict(r, "the step is done or gone");
    return relation & allowed[kind] ? NULL : error_new(r->arena, ERR_NOT_YOURS, "it is not yours to do");
}

static struct error *on_seat(struct request *r, struct flow_act act)
{
    struct flow_instance x;
    struct seat seat;
    struct act_note note = {0};
    TRY(take_seat(r, act.kind, &x, &seat));
    act.seat = seat.no;
    if (act.kind == ACT_COMPLETE) {
        act.outcome = str_dup(r->arena, body_str(r, "outcome"));
        TRY(x.kind->may_complete(r, x.subject_id, act.outcome));
    } else if (act.kind == ACT_RETURN) {
        act.node = flow_node_of(&x.model, body_str(r, "node"));
        note.whom = act.node == FLOW_NONE ? NULL : x.model.nodes[act.node].name;
    } else if (act.kind == ACT_EXTEND_ASK) {
        act.due = body_time(r, "due_at", 0);
    }
    return perform(r, &x, act, &note);
}

struct error *task_do_complete(struct request *r)
{
    return on_seat(r, (struct flow_act){.kind = ACT_COMPLETE});
}

struct error *task_do_return(struct request *r)
{
    return on_seat(r, (struct flow_act){.kind = ACT_RETURN});
}

struct error *task_extend(struct request *r)
{
    return on_seat(r, (struct flow_act){.kind = ACT_EXTEND_ASK});
}

struct error *task_extend_decide(struct request *r)
{
    return on_seat(r, (struct flow_act){.kind = body_bool(r, "grant", false) ? ACT_EXTEND_GRANT : ACT_EXTEND_REFUSE});
}

struct error *task_urge(struct request *r)
{
    return on_seat(r, (struct flow_act){.kind = ACT_URGE});
}

/* ---- other people ---- */
/* Somebody who may do the step: a colleague of whoever has it, or inside the caller's scope. */
static struct error *colleague(struct request *r, const struct seat *seat, struct str user, const char *field,
                               struct org_stamp *org, const char **name)
{
    bool found;
    TRY(holder_of(r->db, r->arena, str_dup(r->arena, user), seat->permission, name, org, &found));
    if (found && (strcmp(org->org_id, seat->org.org_id) == 0 || org_scope_contains(&r->who->scope, org)))
        return NULL;
    return invalid(r, field, "unknown_user", "there is no such active account that may do this step");
}

static struct error *with_person(struct request *r, enum flow_act_kind kind)
{
    struct flow_instance x;
    struct seat seat;
    struct org_stamp org;
    struct act_note note = {0};
    TRY(take_seat(r, kind, &x, &seat));
    if (kind != ACT_REMOVE_SIGNER)
        TRY(colleague(r, &seat, body_str(r, "user_id"), "user_id", &org, &note.whom));
    else
        TRY(account_name(r, body_str(r, "user_id"), &note.whom));
    return perform(r, &x, (struct flow_act){.kind = kind, .seat = seat.no, .user = str_dup(r->arena, body_str(r, "user_id"))},
                   &note);
}

struct error *task_transfer(struct request *r)
{
    return with_person(r, ACT_TRANSFER);
}

struct error *task_delegate(struct request *r)
{
    return with_person(r, ACT_DELEGATE);
}

struct error *task_add_signer(struct request *r)
{
    return with_person(r, ACT_ADD_SIGNER);
}

struct error *task_remove_signer(struct request *r)
{
    return with_person(r, ACT_REMOVE_SIGNER);
}

/* Copies go to whoever may see the subject's steps; they open nothing. */
struct error *task_cc(struct request *r)
{
    struct flow_instance x;
    struct seat seat;
    struct act_note note = {0};
    struct notice notices[CC_MAX];
    struct org_stamp orgs[CC_MAX];
    struct buf names = buf_new(r->arena, 256, 16384);
    json_t *users = body_get(r, "user_ids"), *user;
    size_t i;
    TRY(take_seat(r, ACT_CC, &x, &seat));
    json_array_foreach(users, i, user) {
        const char *name;
        TRY(colleague(r, &seat, str_of(json_string_value(user)), "user_ids", &orgs[i], &name));
        buf_printf(&names, "%s%s", i ? ", " : "", name);
        notices[i] = (struct notice){.event = "task.cc",
                                     .level = x.level,
                                     .subject_kind = x.kind->subject_kind,
                                     .subject_id = x.subject_id,
                                     .title = str_of(x.title),
                                     .org = &orgs[i],
                                     .user_id = json_string_value(user)};
    }
    TRY(notice_put_many(r->db, r->arena, notices, json_array_size(users), clock_now_us()));
    note.whom = buf_done(&names).p;
    return perform(r, &x, (struct flow_act){.kind = ACT_CC, .seat = seat.no}, &note);
}

struct error *task_candidates(struct request *r)
{
    struct seat seat;
    struct flow_instance x;
    struct rows rows;
    unsigned relation = 0;
    bool found;
    TRY(seat_of_task(r, param_str(r, "id"), &seat, &found));
    if (found)
        TRY(instance_load(r->db, r->arena, seat.instance, false, &x, &found));
    if (found)
        TRY(relation_to(r, &x, &seat, &relation));
    if (!found || !relation)
        return not_found(r);
    TRY(holder_rows(r, seat.permission, &seat.org, param_str(r, "q"), &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_row_text(&w, "id", &rows, 0);
        jw_row_text(&w, "name", &rows, 1);
        jw_row_text(&w, "org_name", &rows, 2);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

/* ---- the whole ---- */
static struct error *on_whole(struct request *r, enum flow_act_kind kind)
{
    struct flow_instance x;
    struct act_note note = {0};
    unsigned relation = 0;
    bool found;
    TRY(instance_load(r->db, r->arena, str_dup(r->arena, param_str(r, "id")), true, &x, &found));
    if (found)
        TRY(relation_to(r, &x, NULL, &relation));
    if (!found || !relation)
        return not_found(r);
    if (!(relation & allowed[kind]))
        return error_new(r->arena, ERR_NOT_YOURS, "it is not yours to do");
    return perform(r, &x, (struct flow_act){.kind = kind}, &note);
}

struct error *flow_withdraw(struct request *r)
{
    return on_whole(r, ACT_WITHDRAW);
}

struct error *flow_terminate(struct request *r)
{
    return on_whole(r, ACT_TERMINATE);
}

struct error *flow_pause(struct request *r)
{
    return on_whole(r, ACT_PAUSE);
}

struct error *flow_resume(struct request *r)
{
    return on_whole(r, ACT_RESUME);
}
