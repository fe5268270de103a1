# Everything a contributor or a packager runs. `make help` lists the targets.
# Nothing here is needed to use the library: `cargo build` and `cargo test` work by themselves.

CARGO   ?= cargo
PROFILE ?= release
PREFIX  ?= /usr/local
INTO    := $(DESTDIR)$(PREFIX)
# Where cargo puts the binary of a profile: `dev` is the one profile whose folder has another name.
TARGET  := $(or $(CARGO_TARGET_DIR),target)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))

# `SKILLCTL=path` makes interop, corpus and bench use that binary. Without it interop takes a development
# build, as the tests do, and the two that measure take the one in bin.
ifdef SKILLCTL
export SKILLCTL
MEASURED :=
else
MEASURED := build
endif

.DEFAULT_GOAL := help
.PHONY: help build install test lint fmt check doc interop corpus bench quickstart

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/skillctl (PROFILE=release, or dev for a quick one)
	$(CARGO) build --locked --profile $(PROFILE) --bin skillctl
	mkdir -p bin
	install -m 755 $(TARGET)/skillctl bin/skillctl

# Only where there is none: `sudo make install` after `make build` must not need cargo.
bin/skillctl:
	$(MAKE) --no-print-directory build

install: bin/skillctl ## install the binary and completions below PREFIX (/usr/local)
	mkdir -p $(INTO)/bin $(addprefix $(INTO)/share/,bash-completion/completions zsh/site-functions fish/vendor_completions.d)
	install -m 755 bin/skillctl $(INTO)/bin/skillctl
	bin/skillctl completion bash > $(INTO)/share/bash-completion/completions/skillctl
	bin/skillctl completion zsh > $(INTO)/share/zsh/site-functions/_skillctl
	bin/skillctl completion fish > $(INTO)/share/fish/vendor_completions.d/skillctl.fish

test: ## run all tests that need nothing but Rust and a C compiler
	$(CARGO) test --locked

lint: ## clippy on everything, warnings are errors
	$(CARGO) clippy --locked --all-targets -- -D warnings

fmt: ## format the code
	$(CARGO) fmt --all

doc: ## build the API documentation, warnings are errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --lib

check: ## what must hold before a commit: format, lints, documentation
	$(CARGO) fmt --all --check
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory doc

interop: ## try real peers: Distribution, skopeo, podman, umoci (as root; TOPICS="podman login")
	tests/interop/run.sh $(TOPICS)

corpus: $(MEASURED) ## pack, push, pull and compare all skills under CORPUS=DIR (NAMESPACE=…, REGISTRY=HOST:PORT)
	SKILLCTL=$(or $(SKILLCTL),bin/skillctl) tests/corpus/run.sh $(or $(CORPUS),$(error CORPUS=DIR names the directory of skills)) $(or $(NAMESPACE),$(error NAMESPACE=… names whose skills they are)) $(REGISTRY)

bench: $(MEASURED) ## measure speed, memory and requests beside other tools
	tests/bench/run.py $(SECTIONS)

quickstart: ## walk through the main job in a throw-away store (a development build; `make test` uses it too)
	$(CARGO) build --locked --bin skillctl
	examples/quickstart.sh $(or $(CARGO_TARGET_DIR),target)/debug/skillctl
