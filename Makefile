# `make demo` and `make test` need only rust; as root they install what else is missing.

SHELL := /bin/bash
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR

PROGRAMS := $(CARGO_TARGET_DIR)/release
# The same packages everywhere: another selection would unify other features, and build all again.
WORKSPACE := --release --locked --workspace

PREFIX ?= /usr/local
BINARIES := $(DESTDIR)$(PREFIX)/bin
SHARE := $(DESTDIR)$(PREFIX)/share

.PHONY: help demo build test kernels lint fuzz bless bench install clean

help: ## Say what there is to make.
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

demo: build ## Record a real load, and look at it from every side.
	@tests/demo.sh

build: ## Build everything, once.
	@tests/set-up.sh build
	cargo build $(WORKSPACE)

test: build ## Run every test; as root also those on the running kernel.
	@tests/set-up.sh test
	@tests/run.sh $(WORKSPACE)

kernels: build ## Record inside another kernel, in qemu: KERNEL=linux-image-6.1.0-56-cloud-amd64-unsigned.
	@tests/kernels.sh $(KERNEL)

lint: ## Check format, lints and licences.
	@tests/set-up.sh build
	cargo fmt --all --check
	cargo clippy $(WORKSPACE) --all-targets -- -D warnings
	@if cargo deny --version > /dev/null 2>&1; then \
		cargo deny --offline check licenses bans sources; \
	else \
		echo "SKIPPED: cargo deny is not installed (cargo install --locked cargo-deny); make test checks the licences"; \
	fi

fuzz: ## Give any bytes to what reads a recording, MINUTES=10 to each of four targets.
	@tests/fuzz/run.sh $(or $(MINUTES),10)

bless: build ## Rewrite generated files and expected outputs; look at the diff.
	UPDATE_GENERATED=1 cargo test $(WORKSPACE) --test generated --test views
	git diff --stat

bench: build ## Measure the promised figures beside other tools. BENCH_MINUTES=10 for the long run.
	@tests/set-up.sh bench
	$(PROGRAMS)/afterwake-bench

install: build ## Install programs, manual pages and completions under PREFIX.
	install -D -t $(BINARIES) $(PROGRAMS)/afterwake $(PROGRAMS)/afterwake-record
	install -d $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	$(PROGRAMS)/afterwake man > $(SHARE)/man/man1/afterwake.1
	for view in $$($(PROGRAMS)/afterwake views | sed -nE 's/^  ([a-z0-9_]+) .*/\1/p'); do \
		$(PROGRAMS)/afterwake man $$view > $(SHARE)/man/man1/afterwake-$$view.1 || exit 1; \
	done
	$(PROGRAMS)/afterwake-record --generate man > $(SHARE)/man/man1/afterwake-record.1
	$(PROGRAMS)/afterwake-record --generate bash > $(SHARE)/bash-completion/completions/afterwake-record
	$(PROGRAMS)/afterwake-record --generate zsh > $(SHARE)/zsh/site-functions/_afterwake-record
	$(PROGRAMS)/afterwake-record --generate fish > $(SHARE)/fish/vendor_completions.d/afterwake-record.fish
	$(PROGRAMS)/afterwake completions bash > $(SHARE)/bash-completion/completions/afterwake
	$(PROGRAMS)/afterwake completions zsh > $(SHARE)/zsh/site-functions/_afterwake
	$(PROGRAMS)/afterwake completions fish > $(SHARE)/fish/vendor_completions.d/afterwake.fish

clean: ## Remove what was built and recorded.
	cargo clean
	rm -rf demo
