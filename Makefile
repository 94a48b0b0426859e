# make run: build and start everything.  make test: every test.  Nothing else is needed to set up.
.PHONY: run build console test try-run lint fmt bench bench-ai bench-scale bench-soak profile screenshots flow-pictures clean

CARGO ?= cargo
RUN_ARGS ?=
# The length of bench-soak.
MINUTES ?= 10
# What `profile` looks at: nothing for a plain request, a dialect and an answer, such as `gemini anthropic-long`, or a path of the flows', such as `/run/wide`.
PAIR ?=

run: console
	$(CARGO) build --release --package weir
	@exec "$$($(CARGO) metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release/weir" serve --quickstart $(RUN_ARGS)

build: console
	$(CARGO) build --release --package weir

console:
	@scripts/console.sh

test:
	@scripts/test.sh

try-run:
	@scripts/try-run.sh

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked
	$(CARGO) xtask tidy
	$(CARGO) xtask licences
	$(CARGO) xtask gen --check

fmt:
	$(CARGO) fmt --all

bench:
	@bench/run.sh

bench-ai:
	@bench/run.sh ai

bench-scale:
	@bench/run.sh scale

bench-soak:
	@MINUTES=$(MINUTES) bench/run.sh soak

profile:
	@bench/profile.sh $(PAIR)

screenshots:
	@scripts/screenshots.sh

# The pictures of the recipes, from the cases that say `picture`: the same each time, and a test compares them.
flow-pictures:
	$(CARGO) run --quiet --package weir -- flow test examples/flows/tests/*.yaml --svg docs/screenshots/flows

clean:
	$(CARGO) clean
	rm -rf console/node_modules console/dist
