/* A kind of business and a flow that has everything, for the tests of flow/. */
#ifndef FLOW_FIXTURE_H
#define FLOW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"

#define USER_A "01890a5d-ac96-774b-bcce-b302099a8001"
#define USER_B "01890a5d-ac96-774b-bcce-b302099a8002"
#define USER_C "01890a5d-ac96-774b-bcce-b302099a8003"
#define USER_D "01890a5d-ac96-774b-bcce-b302099a8004"

static const struct flow_variable variables[] = {
    {"level", "级别", "Level", 'n'}, {"kind_code", "种类", "Kind", 's'}, {NULL, NULL, NULL, 0}};
static const char *const results[] = {"approved", "rejected", NULL}, *const outcomes[] = {"approve", "reject", NULL},
                         *const permissions[] = {"warning.approve", NULL};
static const struct flow_rules rules = {"test", "测试", "Test", variables, results, outcomes, permissions};

#define DOCUMENT(process)                                                                                  \
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:tc=\"urn:tongchou:flow:1\" " \
    "targetNamespace=\"urn:tongchou:flow\"><process id=\"p\" name=\"流程\" isExecutable=\"true\">" process \
    "</process></definitions>"
#define TASK(id, more) "<userTask id=\"" id "\" tc:permission=\"warning.approve\" " more "/>"
#define FLOW(id, from, to) "<sequenceFlow id=\"" id "\" sourceRef=\"" from "\" targetRef=\"" to "\"/>"
#define WHEN(id, from, to, condition)                                                                         \
    "<sequenceFlow id=\"" id "\" sourceRef=\"" from "\" targetRef=\"" to "\"><conditionExpression>" condition \
    "</conditionExpression></sequenceFlow>"
#define ENDS "<endEvent id=\"yes\" tc:result=\"approved\"/><endEvent id=\"no\" tc:result=\"rejected\"/>"

/* draft -> (level <= 2: parallel [a -> a2 | joint signature]) -> last; timers on both kinds of task; a way back by choice. */
static const char whole[] = DOCUMENT("<startEvent id=\"start\"/>" TASK(
    "first",
    "tc:due=\"P1D\"") "<exclusiveGateway id=\"how\" default=\"simple\"/>"
                      "<parallelGateway id=\"fork\"/><parallelGateway id=\"join\"/>" TASK("a", "tc:person=\"user:" USER_A "\"") TASK(
                          "a2",
                          "") "<userTask id=\"joint\" tc:permission=\"warning.approve\" tc:due=\"PT4H\" tc:working=\"false\"><multiInstanceLoopCharacteristics "
                              "tc:sign=\"ratio\" tc:ratio=\"60\" tc:signers=\"user:" USER_A " user:" USER_B " user:" USER_C
                              "\"/></userTask>"
                              "<boundaryEvent id=\"remind\" attachedToRef=\"joint\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>" TASK(
                                  "last",
                                  "tc:person=\"initiator\"") "<boundaryEvent id=\"late\" attachedToRef=\"last\" tc:working=\"false\"><timerEventDefinition><timeDuration>P2D</timeDuration></timerEventDefinition></boundaryEvent>" ENDS
                                         FLOW("f1", "start", "first") WHEN("f2", "first", "how", "outcome = 'approve'")
                                             FLOW("f3", "first", "no")
                                                 WHEN("f4", "how", "fork", "level &lt;= 2 and not kind_code = 'vuln'")
                                                     FLOW("simple", "how", "last") FLOW("f5", "fork", "a") FLOW("f6", "a", "a2")
                                                         FLOW("f7", "a2", "join") FLOW("f8", "fork", "joint")
                                                             FLOW("f9", "joint", "join") FLOW("f10", "join", "last")
                                                                 WHEN("f11", "last", "yes", "outcome = 'approve'")
                                                                     FLOW("f12", "last", "first") FLOW("f13", "late", "no"));

static struct calendar no_holidays = {NULL, 0, 8 * 3600};
static struct work_time office = {true, 540, 1050};

static inline struct flow_clock at(int64_t now)
{
    return (struct flow_clock){now, &no_holidays, &office};
}

static inline struct flow_model model_of(struct arena *a, const char *xml)
{
    struct flow_model m;
    struct error *e = bpmn_read(a, &rules, str_of(xml), &m);
    if (e)
        fail_msg("%s %s %s", e->field, e->rule, e->detail);
    return m;
}

#endif
