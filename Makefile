# The one door. `make help` lists what there is; CI runs `make test` and nothing else (.ci/run).
#
# Every target installs what it needs first (quick when it is there) and builds what it runs.

JOBS ?= $(shell nproc)
SECONDS ?= 60
LOG ?= embedded
ROUNDS ?= 50
SEED ?=
INSTANCES ?= 1
SCHEDULES ?= 10000

# Quiet unless a person looks on: a terminal gets ninja's one moving line.
NINJA := ninja -j $(JOBS) $(shell test -t 1 || echo --quiet)
sources := git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h'

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps-demo deps build package demo test check fmt fmt-check tidy asan tsan fuzz chaos opa sim bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

deps-demo: ## install Debian packages: what the release build and the demo need
	@scripts/deps --demo

deps: ## install everything: those, and what the tests need (into .cache/ where it is no Debian package)
	@scripts/deps

build: deps-demo ## the release build: build/release/app/wakestream
	@$(call configure,release)
	@$(NINJA) -C build/release

package: build ## the Debian package, with a systemd unit: build/release/wakestream_*.deb
	@$(NINJA) -C build/release package >/dev/null && ls build/release/wakestream_*.deb

demo: build ## rows become events while the program is killed again and again; ends with a verdict
	@scripts/demo

test: deps ## what CI runs: every test with real servers, unit tests under ASan too, ten seconds of each fuzz target
	@scripts/test --jobs $(JOBS)

check: deps ## test, and: formatting, clang, tidy, TSan, a minute of each fuzz target
	@scripts/test --check --jobs $(JOBS)

fmt: deps ## format the C++ sources
	@$(sources) | xargs -0 clang-format-19 -i

fmt-check: deps ## are the C++ sources formatted?
	@$(sources) | xargs -0 clang-format-19 --dry-run -Werror

tidy: deps ## judge every source by clang-tidy 19
	@$(call configure,tidy)
	@cat .clang-tidy tests/.clang-tidy | cmp -s - build/tidy/judged-by || { ninja -C build/tidy -t clean >/dev/null && cat .clang-tidy tests/.clang-tidy > build/tidy/judged-by; }
	@set -o pipefail; $(NINJA) -k 0 -C build/tidy 2>&1 | sed -E '/^[0-9]+ warnings? generated\.$$/d'

asan: deps ## unit and contract tests under AddressSanitizer and UBSan
	@scripts/test --only asan --jobs $(JOBS)

tsan: deps ## unit, contract (embedded) and simulation tests under ThreadSanitizer
	@scripts/test --only tsan --jobs $(JOBS)

fuzz: deps ## each fuzz target for SECONDS=60
	@scripts/test --only fuzz --fuzz-seconds $(SECONDS) --jobs $(JOBS)

chaos: deps ## kill it at every step of the protocol: LOG=embedded|kafka ROUNDS=50 SEED= INSTANCES=1|2 (of deliveries, on kafka)
	@$(call configure,dev)
	@$(NINJA) -C build/dev app/wakestream
	@tests/crash/chaos.py --log $(LOG) --rounds $(ROUNDS) --instances $(INSTANCES) $(if $(SEED),--seed $(SEED))

opa: deps ## policies beside OPA, another evaluator: at least 100,000 verdicts of random policies
	@scripts/test --only opa --jobs $(JOBS)

sim: deps ## the protocol in simulation: SCHEDULES=10000 by seed, then mutations that must be caught
	@$(call configure,dev,build/sim,-DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g1")
	@$(NINJA) -C build/sim wakestream_simulation
	@build/sim/tests/simulation/wakestream_simulation --schedules $(SCHEDULES) --mutations

bench: deps ## speed, CPU time a row, latency and memory, beside pg_recvlogical
	@$(call configure,release,build/bench,-DWAKESTREAM_BENCH=ON)
	@$(NINJA) -C build/bench
	@bench/run

clean: ## remove what was built; installed parts in .cache/ stay
	@rm -rf build

# configure PRESET [FOLDER [OPTIONS]]: only when it is new or the presets changed; ninja sees to the rest.
configure = test build/$(notdir $(or $(2),$(1)))/build.ninja -nt CMakePresets.json || \
	cmake --preset $(1) $(if $(2),-B $(2)) $(3) -Wno-dev --log-level=WARNING >/dev/null
