/* tongchou-api: the FastCGI master and its children. */
#include <stdio.h>

#include "kernel/log.h"
#include "main/app.h"
#include "main/metrics.h"
#include "main/pipeline.h"

enum { FAST_DEADLINE_S = 30, SLOW_DEADLINE_S = 300, STATEMENT_S = 5 };

static struct services *child_start(void *app)
{
    return app_services(app, STATEMENT_S);
}

int main(int argc, char **argv)
{
    struct app app;
    struct contract *contract;
    app_init(&app, "tongchou-api", &argc, &argv, true);
    metrics_init();
    sql_registry_init();
    struct error *e = contract_load(app.boot, &contract);
    if (e) {
        fprintf(stderr, "tongchou-api: %s: %s\n", e->field ? e->field : "contract", e->detail);
        return 70;
    }
    const struct server server = {.contract = contract,
                                  .stages = pipeline,
                                  .stage_count = pipeline_length,
                                  .child_start = child_start,
                                  .finished = pipeline_finished,
                                  .app = &app,
                                  .tmp_dir = arena_printf(app.boot, "%s/tmp", app.config.state_dir)};
    const struct pool pools[] = {{app.config.api_socket, (unsigned)app.config.api_children, FAST_DEADLINE_S},
                                 {app.config.slow_socket, (unsigned)app.config.slow_children, SLOW_DEADLINE_S}};
    return server_run(&server, pools, 2);
}
