# Everything that is done with this repository. `make` lists it.
#
# Development builds are used throughout: a clean one takes about 5 minutes on two cores against 11 for a release
# build, the hot parts of passwords are optimised in both, and a call of two is far from what a debug build carries.
# `make release` builds what is deployed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
PACKAGES := clients/node_modules/.package-lock.json
PEERS := benches/peers/node_modules/.package-lock.json
OPENID := tests/oidc/node_modules/.package-lock.json
BENCH ?= forward
FUZZ ?= all
FUZZ_SECONDS ?= 90

.PHONY: help run test check portals release documents bench storm fuzz schemathesis advisories sbom fmt clean needs

help: ## This list
	@echo "Bedside. What can be made:"; echo
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: needs portals ## Builds and starts the hub with a demo clinic on http://localhost:8080
	$(CARGO) build --locked --bin bedside
	scripts/run.sh

test: ## Everything: style, lints, licences, Rust on both databases, clients, browsers
	scripts/test.sh all

check: ## The quick half: style, lints, licences, architecture
	scripts/test.sh quick

portals: $(PACKAGES) ## The SDK and the portals
	cd clients && npm run build

release: needs portals ## The optimised binary, with the portals inside
	$(CARGO) build --locked --release --bin bedside
	@ls -l "$${CARGO_TARGET_DIR:-target}/release/bedside"

advisories: needs ## What is known to be weak in what is linked and shipped. Needs the network
	scripts/advisories.sh

sbom: needs $(PACKAGES) ## What a release is made of, as CycloneDX, in target/sbom
	scripts/sbom.sh

documents: needs $(PACKAGES) ## Writes docs/protocol and the TypeScript types anew
	$(CARGO) test --locked --test documents || true
	$(CARGO) test --locked --test documents
	cd clients/js && npx vitest run tests/protocol.test.ts || npx vitest run tests/protocol.test.ts

bench: needs $(if $(filter chat fanout,$(BENCH)),$(PEERS)) ## One benchmark: BENCH=join, forward, sockets, slots, book, chat, fanout, reconnect, audit, auth, crypto or search
	$(CARGO) run --locked --release --bin bedside -- bench $(BENCH) --json

storm: needs ## A hundred thousand bookings, then ten minutes of talk, against a hub that is killed again and again
	$(CARGO) build --locked --release --bin bedside
	BEDSIDE_TEST_POSTGRES=$$(scripts/postgres.sh start) \
	BEDSIDE_TEST_BINARY=$$(realpath "$${CARGO_TARGET_DIR:-target}/release/bedside") \
		$(CARGO) test --locked --test storm -- --ignored --nocapture --test-threads 1

fuzz: needs ## Hostile bytes for parsers and rooms: FUZZ=sdp, packet, frames, pdf or all
	scripts/fuzz.sh $(FUZZ) $(FUZZ_SECONDS)

schemathesis: needs ## Everything that the OpenAPI document has, asked by people of every role, well and badly
	$(CARGO) build --locked --bin bedside
	scripts/schemathesis.sh

fmt: $(PACKAGES) ## Formats all code
	$(CARGO) fmt --all
	cd clients && npm run fix

clean: ## Removes what was built; data of `make run` in data/ stay
	scripts/postgres.sh stop
	scripts/redis.sh stop
	scripts/s3.sh stop
	scripts/clamd.sh stop
	$(CARGO) clean
	rm -rf clients/node_modules clients/*/node_modules clients/js/dist clients/portals/dist benches/peers/node_modules \
		tests/oidc/node_modules

needs:
	@scripts/needs.sh

$(PACKAGES): clients/package-lock.json clients/package.json $(wildcard clients/*/package.json)
	@scripts/needs.sh
	cd clients && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

$(OPENID): tests/oidc/package-lock.json tests/oidc/package.json
	@scripts/needs.sh
	cd tests/oidc && npm ci --no-audit --no-fund
	@touch $@

$(PEERS): benches/peers/package-lock.json benches/peers/package.json
	@scripts/needs.sh
	cd benches/peers && npm ci --no-audit --no-fund
	@touch $@
