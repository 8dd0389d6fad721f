# The Yunfu one map. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
VERSION     := $(shell git describe --always --dirty 2>/dev/null || echo development)
UI_SOURCES  := $(shell find web/ui -path web/ui/node_modules -prune -o -path web/ui/dist -prune -o -path web/ui/public/fonts -prune -o -type f -print) \
               $(wildcard data/layers/*.json data/dictionaries/*.json data/city/*.csv)

help: ## list the targets
	@grep -hE '^[a-z][a-zA-Z/%_-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: packages/run build ## start the one map on http://127.0.0.1:8080; the first start makes the demonstration city
	@exec build/mapserver serve --demo $(ARGS)

build: ui ## build build/mapserver, with the page inside
	go build -ldflags '-X main.version=$(VERSION)' -o build/mapserver ./cmd/mapserver

ui: build/ui.stamp ## build the page
build/ui.stamp: build/npm.stamp $(UI_SOURCES)
	cd web/ui && npm run build
	@touch $@
build/npm.stamp: web/ui/package-lock.json
	@mkdir -p build
	cd web/ui && npm ci --no-audit --no-fund
	@touch $@

test: packages/test build ## install what is missing and run every test
	scripts/test.sh

test/go: build ## run the Go tests alone, with a PostGIS of their own
	build/mapserver postgis run -- go test -race ./...

test/ui: build/npm.stamp ## run the page's unit tests alone
	cd web/ui && npm test

test/e2e: build ## run the browser tests alone
	scripts/e2e.sh

lint: build ## vet, staticcheck, gofumpt, eslint, vue-tsc
	go vet ./...
	go run $(STATICCHECK) ./...
	@wrong="$$(go run $(GOFUMPT) -l access bench cmd data importers layers postgis products spatial styles tiles web/*.go *.go)"; \
		if [ -n "$$wrong" ]; then echo "gofumpt would change: $$wrong"; exit 1; fi
	cd web/ui && npm run lint

golden/tiles: build ## rewrite the golden tiles; review the difference
	build/mapserver postgis run -- go test ./tiles -run Golden -update

bench: build ## run all benchmarks; tables to the terminal, figures to bench/out
	go run ./bench

bench/%: build ## run one benchmark
	go run ./bench $*

packages/%:
	@scripts/packages.sh $*

clean: ## remove what was built
	rm -rf build bench/out web/ui/node_modules
	find web/ui/dist -mindepth 1 ! -name .keep -delete

.PHONY: help run build ui test test/go test/ui test/e2e lint golden/tiles bench clean
