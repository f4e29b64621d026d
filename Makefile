# Targets: run test build unit lint clean. See README.md.
BUILD := build
CC := gcc
NODE ?= $(shell scripts/node-path 2>/dev/null || command -v node)

PKGS := libmariadb hiredis jansson libjwt libsodium libzip expat libxml-2.0 libpcre2-8 libzstd libcrypto libcurl xlsxwriter
WARN := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wcast-qual -Wnull-dereference -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Werror=implicit-function-declaration -Werror=int-conversion -Werror
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CPPFLAGS := -D_GNU_SOURCE -Ibackend/src -I$(BUILD)/gen $(shell pkg-config --cflags-only-I $(PKGS) 2>/dev/null)
CFLAGS ?= -O2 -g
CFLAGS_ALL := -std=c17 $(WARN) $(HARDEN) $(CFLAGS) -MMD -MP
LDFLAGS := -pie -Wl,-z,relro,-z,now
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lfcgi -lmagic -lm

MAINS := $(addprefix backend/src/main/,api.c worker.c ctl.c)
SRC := $(filter-out $(MAINS),$(wildcard backend/src/*/*.c))
OBJ := $(SRC:backend/src/%.c=$(BUILD)/obj/%.o)
PROGRAMS := $(MAINS:backend/src/main/%.c=$(BUILD)/bin/tongchou-%)
API_YAML := $(wildcard backend/api/*.yaml)

.PHONY: all build gen frontend run test unit lint clean fuzz faults bench load
all: build frontend
build: $(PROGRAMS)

# --- the contract: one generator writes the route table and the merged document
gen: $(BUILD)/gen/routes.c
$(BUILD)/gen/routes.c: $(API_YAML) scripts/gen-api.mjs frontend/node_modules/.stamp
	@mkdir -p $(BUILD)/gen
	$(NODE) scripts/gen-api.mjs backend/api $(BUILD)
# --- the tables whose rows follow an organisation that moves, read from the migrations
$(BUILD)/gen/restamp_tables.def: $(wildcard migrations/*.sql) scripts/gen-restamp.mjs frontend/node_modules/.stamp
	@mkdir -p $(BUILD)/gen
	$(NODE) scripts/gen-restamp.mjs migrations $@
frontend/node_modules/.stamp: frontend/package-lock.json
	PATH="$(dir $(NODE)):$$PATH" npm --prefix frontend ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# --- C
$(OBJ): | $(BUILD)/gen/routes.c $(BUILD)/gen/restamp_tables.def
$(BUILD)/obj/%.o: backend/src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/obj/gen/routes.o: $(BUILD)/gen/routes.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c $< -o $@
$(BUILD)/libtongchou.a: $(OBJ) $(BUILD)/obj/gen/routes.o
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/bin/tongchou-%: $(BUILD)/obj/main/%.o $(BUILD)/libtongchou.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $< -Wl,--whole-archive $(BUILD)/libtongchou.a -Wl,--no-whole-archive $(LIBS) -o $@

# --- unit tests: each file a cmocka program, built with ASan and UBSan over its own copy of the library
UNIT_SRC := $(wildcard tests/unit/*/*_test.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SAN_OBJ := $(SRC:backend/src/%.c=$(BUILD)/san/%.o) $(BUILD)/san/gen/routes.o
SAN_FLAGS := -std=c17 $(filter-out -Wnull-dereference,$(WARN)) -O1 -g $(SAN) -MMD -MP
$(SAN_OBJ): | $(BUILD)/gen/routes.c $(BUILD)/gen/restamp_tables.def
$(BUILD)/san/gen/routes.o: $(BUILD)/gen/routes.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(SAN_FLAGS) -c $< -o $@
$(BUILD)/san/%.o: backend/src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(SAN_FLAGS) -c $< -o $@
$(BUILD)/san/libtongchou.a: $(SAN_OBJ)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/san/libtongchou.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/unit $(SAN_FLAGS) $(LDFLAGS) $< -Wl,--whole-archive $(BUILD)/san/libtongchou.a -Wl,--no-whole-archive \
	  $(LIBS) -lcmocka -o $@
# what we write as .xls is read back by a reader that is not ours
$(BUILD)/unit/sheet/xls_test: LIBS += -lfreexl
unit: $(UNIT_BIN)
	@fail=0; for t in $(UNIT_BIN); do $$t || fail=1; done; exit $$fail

# --- fuzzing: each tests/fuzz/NAME.c a libFuzzer program, FUZZ_SECONDS each; seeds, if any, in tests/fuzz/seeds/NAME
FUZZ_SECONDS ?= 60
FUZZ_CC ?= $(shell command -v clang || command -v clang-14)
FUZZ_SRC := $(wildcard tests/fuzz/*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)
FUZZ_FLAGS := -std=c17 -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -MMD -MP
FUZZ_OBJ := $(SRC:backend/src/%.c=$(BUILD)/fuzz/obj/%.o) $(BUILD)/fuzz/obj/gen/routes.o
$(FUZZ_OBJ): | $(BUILD)/gen/routes.c $(BUILD)/gen/restamp_tables.def
$(BUILD)/fuzz/obj/gen/routes.o: $(BUILD)/gen/routes.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) -c $< -o $@
$(BUILD)/fuzz/obj/%.o: backend/src/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) -c $< -o $@
$(BUILD)/fuzz/libtongchou.a: $(FUZZ_OBJ)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/libtongchou.a
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer $< $(BUILD)/fuzz/libtongchou.a $(LIBS) -o $@
# What a run learns stays in build/; an input that fails is left there as NAME-crash-*.
fuzz: $(FUZZ_BIN)
	@for t in $(FUZZ_BIN); do n=$$(basename $$t); mkdir -p $(BUILD)/fuzz/found/$$n; \
	  $$t -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=1024 -timeout=10 -artifact_prefix=$(BUILD)/fuzz/$$n- \
	    -print_final_stats=1 -print_funcs=0 -verbosity=0 $(BUILD)/fuzz/found/$$n $$(ls -d tests/fuzz/seeds/$$n 2>/dev/null) || exit 1; done

# --- the load client and the floor of make bench: programs of their own, nothing of the platform in them
$(BUILD)/load/client: tests/load/client/client.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS_ALL)) $(LDFLAGS) $< -o $@
$(BUILD)/load/floor: tests/load/floor/floor.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS_ALL)) $(LDFLAGS) $< $(LIBS) -o $@
$(BUILD)/load/writers: tests/load/writers/writers.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS_ALL)) $(LDFLAGS) $< $(LIBS) -o $@
# What the platform's own rules take by themselves.
$(BUILD)/load/forms: tests/load/forms/forms.c $(BUILD)/libtongchou.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) $(LDFLAGS) $< -Wl,--whole-archive $(BUILD)/libtongchou.a -Wl,--no-whole-archive $(LIBS) -o $@
load: $(BUILD)/load/client $(BUILD)/load/floor $(BUILD)/load/forms $(BUILD)/load/writers

frontend: frontend/node_modules/.stamp $(BUILD)/gen/routes.c
	PATH="$(dir $(NODE)):$$PATH" npm --prefix frontend run --silent gen
	PATH="$(dir $(NODE)):$$PATH" npm --prefix frontend run --silent build

run:
	scripts/run
test:
	scripts/test
faults:
	ROUNDS=$${ROUNDS:-10} DEEP=1 ONLY=faults scripts/test
bench:
	scripts/bench
lint:
	scripts/install lint
	scripts/lint
print-%:
	@echo $($*)
clean:
	rm -rf $(BUILD) frontend/dist

-include $(OBJ:.o=.d) $(SAN_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) $(wildcard $(BUILD)/obj/main/*.d)
