# The commands, the same on a laptop and in CI. Without SITE= everything is the lab, on loopback.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# Node keeps what it compiled: every command, and each of the processes of a preview, starts a fifth faster.
export NODE_COMPILE_CACHE ?= $(CURDIR)/node_modules/.cache/node

# SITE is a folder under sites/, STACK a settings file that names its site.
SITE ?=
STACK ?= $(SITE)
DOCTOR_OPTIONS ?=
ENROL_OPTIONS ?=
INIT_OPTIONS ?=
WATCH_OPTIONS ?=
ROTATE_OPTIONS ?=
UPDATE_OPTIONS ?=
MAINTAIN_OPTIONS ?=
RETIRE_OPTIONS ?=
RESTORE_OPTIONS ?=
RESOURCE ?=
WHO ?=
WHERE ?=
IMPORT ?=
WHY ?=
GUEST ?=
TO ?=
NODE ?=
OF ?=
FILE ?=
ADDRESS ?=
DAYS ?=
FOR ?=
LINK ?=
ENDPOINT ?=
INTO ?=
READER ?=
NAME ?=
PBS ?=
KEY_OPTIONS ?=
BASE ?=
BREAK_GLASS ?=
REPORT_OPTIONS ?=
OUT ?=
TSX := node --import=tsx
# Recipes read what a person typed from the environment, so that no character of it means anything to the shell.
export ADDRESS AT BACKEND BASE BREAK_GLASS COPY DAYS ENDPOINT ENROL_USER FILE FOR FROM HOST INTO KEY LINK NAME NODE OF OUT PBS PORT READER SITE STACK

.PHONY: peer-key peer-invite peer-accept bench restore-config report before-update key-check key-join key-split coverage retire maintain status watch adopt doctor enrol init help preview drift release rotate state-restore pull-request release-state schema up down restore observe key lab lab-reset test sweep check check-static check-units format build

help: ## what there is
	@awk '/^# --- / { gsub(/^# --- | -+$$/, ""); title = $$0; next } \
	  /^[a-z0-9-]+:.*## / { if (title != "") { printf "\n%s\n", title; title = "" } verb = $$0; sub(/:.*/, "", verb); sub(/^[^#]*## /, ""); \
	    line = sprintf("  make %-15s", verb); count = split($$0, words, " "); \
	    for (at = 1; at <= count; at++) { if (length(line) + length(words[at]) > 118) { print line; line = sprintf("%22s", "") } \
	      line = line " " words[at] } print line }' $(MAKEFILE_LIST)

# --- a site: SITE=home is the stack of Pulumi.home.yaml, STACK= names another; without either it is the lab's ---------

# The reference sites stand on the lab: their files name addresses that are nobody's.
LAB_STACKS := single-node three-node offsite bucket
OWN_STACK := $(filter-out $(LAB_STACKS),$(STACK))
LAB_SITE = $(TSX) tools/lab-site/main.ts $(if $(STACK),--stack "$(STACK)")
RUN = $(if $(OWN_STACK),$(TSX) commands/main.ts $(1) --stack "$(STACK)",$(LAB_SITE) $(1))

up: dist/.tsbuildinfo ## look at the site, preview, ask, apply; STACK=three-node is the lab's other site, STACK=offsite its vault, STACK=bucket a bucket; the lab is started first, and not asked
	@$(call RUN,up) $${BREAK_GLASS:+--break-glass "$$BREAK_GLASS"}

preview: dist/.tsbuildinfo ## what `make up` would do; fails when it would take away what data rests on, or a target is not held
	@$(call RUN,preview) $${BREAK_GLASS:+--break-glass "$$BREAK_GLASS"}

drift: dist/.tsbuildinfo ## what somebody else changed on the site; exit status 0 nothing, 2 something
	@$(call RUN,drift)

down: dist/.tsbuildinfo ## take the program off the site; what data rests on stays
	@$(call RUN,down)

release: dist/.tsbuildinfo ## let the program forget a resource that the site keeps: RESOURCE=tankb1 WHO=… WHY=…
	@$(TSX) commands/main.ts release --stack "$(STACK)" --who "$(WHO)" --why "$(WHY)" "$(RESOURCE)"

rotate: dist/.tsbuildinfo ## give the nodes' backup login a new secret, in place; asks first: SITE=home ROTATE_OPTIONS=--dry-run
	@$(call RUN,rotate) $(ROTATE_OPTIONS)

observe: node_modules/.ready ## write down, dated, what the site has; `make observe up` does both
	@$(if $(OWN_STACK),$(TSX) commands/main.ts observe --settings "Pulumi.$(STACK).yaml",$(LAB_SITE) observe)

adopt: dist/.tsbuildinfo ## show what of the site would be taken over, changed or left alone, and decide
	@$(call RUN,adopt)

status: node_modules/.ready ## how the site stands: where each guest would come up, and how much work would be lost now
	@$(call RUN,status)

report: node_modules/.ready ## what each loss would cost, how many copies there are, the order of restores; BASE=main says what changes; REPORT_OPTIONS="--out report" or --json
	@$(TSX) commands/main.ts report --stack "$(or $(STACK),single-node)" $${BASE:+--base "$$BASE"} $${BREAK_GLASS:+--break-glass "$$BREAK_GLASS"} $(REPORT_OPTIONS)

.PHONY: runbook
runbook: node_modules/.ready ## what to do after each disaster, step by step, to be printed: SITE=home [OUT=folder] [REPORT_OPTIONS=--json]
	@$(TSX) commands/main.ts runbook --stack "$(or $(STACK),single-node)" $${OUT:+--out "$$OUT"} $(REPORT_OPTIONS)

BUNDLE_OPTIONS ?=
.PHONY: bundle
bundle: dist/.tsbuildinfo ## all that a clean machine without internet needs, in one archive: SITE=home OUT=/mnt/usb; BUNDLE_OPTIONS="--show <file>" only looks at one
	@$(TSX) commands/main.ts bundle $${STACK:+--stack "$$STACK"} $${OUT:+--out "$$OUT"} $(BUNDLE_OPTIONS)

DRILL_OPTIONS ?=
.PHONY: drill
drill: node_modules/.ready ## read guests back beside what lives, try them without a network, take them away again: SITE=home [GUEST=identity] [DRILL_OPTIONS="--all --escrow-file sheet.txt"]
	@: $${STACK:?say which site: make drill SITE=home}
	@$(TSX) commands/main.ts drill --stack "$$STACK" $(if $(GUEST),--guest "$(GUEST)") $(DRILL_OPTIONS)

maintain: node_modules/.ready ## empty a node, restart it, give it back: NODE=tappaas2; MAINTAIN_OPTIONS=--dry-run only shows what would happen
	@: $${NODE:?say which: make maintain NODE=tappaas2}
	@$(call RUN,maintain) --node "$$NODE" $(MAINTAIN_OPTIONS)

retire: node_modules/.ready ## end the replication to a node that goes for good: NODE=tappaas3; RETIRE_OPTIONS=--dry-run only shows it
	@: $${NODE:?say which: make retire NODE=tappaas3}
	@$(call RUN,retire) --node "$$NODE" $(RETIRE_OPTIONS)

watch: node_modules/.ready ## look for what the site does not report by itself; WATCH_OPTIONS=--send tells alertAddress
	@$(call RUN,watch) $(WATCH_OPTIONS)

MEASURE_OPTIONS ?=
.PHONY: measure
measure: node_modules/.ready ## read from the site's own backups what guests hold and change, and write it into planning.json: SITE=home [MEASURE_OPTIONS="--days 31 --dry-run"]
	@$(call RUN,measure) $(MEASURE_OPTIONS)

# --- when something is lost ------------------------------------------------------------------------------------------

state-restore: node_modules/.ready ## put the newest copy of the state back: SITE=home [STATE_OPTIONS="--from file", after a fire "--site-gone"]
	@$(TSX) commands/main.ts state restore --stack "$(STACK)" $(STATE_OPTIONS)

before-update: node_modules/.ready ## a way back before a guest is updated: GUEST=identity [SITE=home] [UPDATE_OPTIONS="--dry-run"]
	@$(call RUN,before-update) --guest "$(GUEST)" $(UPDATE_OPTIONS)

restore: node_modules/.ready ## read a guest back: GUEST=identity TO=9140 NODE=spare
	@$(LAB_SITE) restore --guest "$(GUEST)" --to "$(TO)" --node "$(NODE)"

REBUILD_OPTIONS ?=
.PHONY: rebuild
rebuild: dist/.tsbuildinfo ## bring the guests of a lost site back from backups; asks first: SITE=home, or STACK=dr-host on somebody else's node, STACK=dr-cloud on one at AWS; REBUILD_OPTIONS="--escrow-file sheet.txt [--pbs 10.8.0.9 --datastore copies]"
	@: $${STACK:?say which site: make rebuild SITE=home REBUILD_OPTIONS="--escrow-file sheet.txt"}
	@$(TSX) commands/main.ts rebuild --stack "$$STACK" $(REBUILD_OPTIONS)

REATTACH_OPTIONS ?=
.PHONY: reattach
reattach: node_modules/.ready ## give guests whose disks survived a lost node their configuration back; asks first: SITE=home REATTACH_OPTIONS="--from-paper sheet.txt [--dry-run]"
	@: $${STACK:?say which site: make reattach SITE=home}
	@$(TSX) commands/main.ts reattach --stack "$$STACK" $(REATTACH_OPTIONS)

FAILBACK_OPTIONS ?=
.PHONY: failback
failback: dist/.tsbuildinfo ## bring guests home from somebody else's node, with all that they wrote there; asks first: STACK=dr-host FAILBACK_OPTIONS="--escrow-file sheet.txt [--dry-run]"
	@: $${STACK:?say which stack they are in: make failback STACK=dr-host FAILBACK_OPTIONS="--escrow-file sheet.txt"}
	@$(TSX) commands/main.ts failback --stack "$$STACK" $(FAILBACK_OPTIONS)

GUARD_OPTIONS ?=
.PHONY: guard guard-release
guard: node_modules/.ready ## where a site's guests serve by the places of record, and whom its nodes keep off, with the reason: SITE=home
	@: $${STACK:?say which site: make guard SITE=home}
	@$(TSX) commands/main.ts guard --stack "$$STACK" $(GUARD_OPTIONS)

guard-release: node_modules/.ready ## let guests start that the nodes of a returned site keep off; wants the site's name typed: SITE=home
	@: $${STACK:?say which site: make guard-release SITE=home}
	@$(TSX) commands/main.ts guard --release --stack "$$STACK" $(GUARD_OPTIONS)

restore-config: node_modules/.ready ## list what is kept of nodes' and guests' configuration, or read one back beside what lives: OF=tappaas1 [FILE=/etc/network/interfaces] [RESTORE_OPTIONS="--here read-back"]
	@$(call RUN,restore-config) $${OF:+--of "$$OF"} $${FILE:+--file "$$FILE"} $(RESTORE_OPTIONS)

# --- the key, and copies elsewhere -----------------------------------------------------------------------------------

key: node_modules/.ready ## make the key of a real site, its encrypted file and its escrow sheet: SITE=home PBS=10.0.0.12; IMPORT=<file> takes one in
	@$(TSX) commands/main.ts key $(if $(IMPORT),import --from "$(IMPORT)",mint) --site "$(or $(NAME),$(SITE))" --pbs "$(PBS)" \
	  $(if $(STACK),--settings "Pulumi.$(STACK).yaml") $(if $(SITE),--folder "sites/$(SITE)") $(KEY_OPTIONS)

key-check: node_modules/.ready ## type four groups from a sheet, and write down that it was read: SITE=home WHO="my sister" WHERE="her safe"
	@$(TSX) commands/main.ts key check --folder "sites/$(SITE)" --who "$(WHO)" --where "$(WHERE)" $(KEY_OPTIONS)

peer-key: node_modules/.ready ## print this side's public key, for the site that invites: [SITE=offsite LINK=home [ENDPOINT=vault.example.org:51820]]
	@$(TSX) commands/main.ts peer key $${LINK:+--stack "$$STACK" --link "$$LINK"} $${ENDPOINT:+--endpoint "$$ENDPOINT"}

peer-invite: dist/.tsbuildinfo ## print the text by which another place may fetch copies: SITE=home FOR=age1… [READER=vault@pbs] [ADDRESS=10.8.0.1] [LINK=vault [ENDPOINT=home.example.org:51820]] [DAYS=3]
	@: $${FOR:?the public key of the other side, as make peer-key prints it there: FOR=age1…}
	@$(TSX) commands/main.ts peer invite --stack "$$STACK" --to "$$FOR" $${READER:+--reader "$$READER"} \
	  $${ADDRESS:+--address "$$ADDRESS"} $${LINK:+--link "$$LINK"} $${ENDPOINT:+--endpoint "$$ENDPOINT"} $${DAYS:+--days "$$DAYS"}

peer-accept: dist/.tsbuildinfo ## take such a text into a vault's settings: SITE=offsite NAME=home FILE=invitation.txt INTO=/tankc1/home-copies [ADDRESS=10.8.0.1]
	@: $${NAME:?the name that the other site gets here: NAME=home} $${FILE:?the file with the text: FILE=invitation.txt}
	@$(TSX) commands/main.ts peer accept --stack "$$STACK" --name "$$NAME" --file "$$FILE" $${INTO:+--path "$$INTO"} \
	  $${ADDRESS:+--address "$$ADDRESS"}

.PHONY: bucket-cost s3-clean bucket-rewind bucket-refresh
bucket-cost: node_modules/.ready ## what a copy in a bucket costs, by dated prices, before there is one; the reference site without SITE=: SITE=home [BUCKET_OPTIONS=--json]
	@$(TSX) commands/main.ts bucket cost --stack "$(or $(STACK),single-node)" $(BUCKET_OPTIONS)

s3-clean: dist/.tsbuildinfo ## clean the copy in a bucket from outside; shows the plan and asks: SITE=home [COPY=bucket] [BUCKET_OPTIONS="--dry-run --json"]
	@$(TSX) commands/main.ts bucket clean --stack "$$STACK" $${COPY:+--copy "$$COPY"} $(BUCKET_OPTIONS)

bucket-refresh: dist/.tsbuildinfo ## at home, after bucket-rewind: empty the server's cache of the bucket and have it read the bucket again: SITE=home [COPY=bucket] [BUCKET_OPTIONS=--emptied]
	@$(TSX) commands/main.ts bucket refresh --stack "$$STACK" $${COPY:+--copy "$$COPY"} $(BUCKET_OPTIONS)

bucket-rewind: dist/.tsbuildinfo ## take the copy in a bucket back to a moment; shows what changes and asks: SITE=home AT=2026-11-20T03:00:00Z [COPY=bucket] [BUCKET_OPTIONS="--dry-run"]
	@: $${AT:?the moment to go back to: AT=2026-11-20T03:00:00Z}
	@$(TSX) commands/main.ts bucket rewind --stack "$$STACK" --at "$$AT" $${COPY:+--copy "$$COPY"} $(BUCKET_OPTIONS)

key-split: node_modules/.ready ## take the key apart for several people: SITE=home PBS=10.0.0.12 [KEY_OPTIONS="--shares 5 --needed 3"]
	@$(TSX) commands/main.ts key split --site "$(or $(NAME),$(SITE))" --pbs "$(PBS)" $(if $(SITE),--folder "sites/$(SITE)") $(KEY_OPTIONS)

key-join: node_modules/.ready ## put the key together from shares, typed or KEY_OPTIONS="--share a.txt --share b.txt", and write an escrow sheet
	@$(TSX) commands/main.ts key join $(KEY_OPTIONS)

# --- settings, and the lab -------------------------------------------------------------------------------------------

schema: node_modules/.ready ## write settings.schema.json and vault.schema.json, by which an editor knows the settings, and report.schema.json
	@$(TSX) commands/main.ts schema
	@$(TSX) commands/main.ts schema --role vault
	@$(TSX) commands/main.ts report --schema >report.schema.json

lab: node_modules/.ready ## run the lab in the foreground with a readable log
	@$(LAB_SITE) serve

lab-reset: node_modules/.ready ## stop the lab and forget it: sites, keys, state
	@$(LAB_SITE) reset

# --- a site of your own ----------------------------------------------------------------------------------------------

init: node_modules/.ready ## begin a site: its folder, settings and stack: SITE=home [FROM=<TAPPaaS folder>] [BACKEND=file:///srv/pulumi]
	@: $${SITE:?say its name: make init SITE=home}
	@$(TSX) commands/main.ts init --site "$$SITE" --stack "$$STACK" $${FROM:+--from "$$FROM"} $${PBS:+--pbs "$$PBS"} \
	  $${BACKEND:+--backend "$$BACKEND"} $(INIT_OPTIONS)

doctor: node_modules/.ready ## say what is missing or wrong, each with a cure: SITE=home, or this machine alone
	@$(TSX) commands/main.ts doctor $${STACK:+--settings "Pulumi.$$STACK.yaml"} $(DOCTOR_OPTIONS)

enrol: node_modules/.ready ## make a node known to a site, with logins of its own: HOST=10.0.0.10 SITE=home, or PBS=10.0.0.12
	@: $${PBS:-$${HOST:?say which: make enrol HOST=10.0.0.10 SITE=home, or PBS=10.0.0.12}} $${STACK:?say which site: SITE=home}
	@if [ -n "$$PBS" ]; then set -- --host "$$PBS" --backup-server; else set -- --host "$$HOST"; fi; \
	  $(TSX) commands/main.ts enrol "$$@" --settings "Pulumi.$$STACK.yaml" $${PORT:+--port "$$PORT"} \
	  $${ENROL_USER:+--user "$$ENROL_USER"} $${KEY:+--key "$$KEY"} $(ENROL_OPTIONS)

# --- proof -----------------------------------------------------------------------------------------------------------

check: node_modules/.ready ## format, lint, types, unit tests; under a minute
	@$(MAKE) --no-print-directory --jobs=2 --output-sync check-static check-units

check-units: node_modules/.ready
	@mocha -R dot

coverage: node_modules/.ready ## how much of the program the unit tests run; what only the lab and the engine run is not counted
	@NODE_DISABLE_COMPILE_CACHE=1 c8 mocha -R dot --no-parallel

check-static: node_modules/.ready ## format, lint, types
	@prettier --check --log-level warn --cache .
	@eslint --max-warnings 0 --cache --cache-location node_modules/.cache/eslint/ .
	@tsc -p tsconfig.json
	@tsc -p lab/plugins

test: dist/.tsbuildinfo ## one path to every outcome: units, the lab, the real engine on it; a quarter of an hour
	@$(TSX) tools/test.ts test

sweep: dist/.tsbuildinfo ## second looks, and properties on many more cases; half an hour
	@$(TSX) tools/test.ts sweep

bench: dist/.tsbuildinfo ## how long planning takes, from 100 guests to 2,000, and what components cost in a preview on the lab; fails when one would notice
	@$(TSX) test/bench/planning.ts
	@$(TSX) test/bench/preview.ts

pull-request: dist/.tsbuildinfo ## what this checkout would do to the sites of BASE=../base, tried on stand-ins; STACK=home for one
	@$(TSX) tools/pull-request/main.ts --base "$(BASE)" --stack "$(STACK)" --out "$(OUT)" $${BREAK_GLASS:+--break-glass "$$BREAK_GLASS"}

release-state: dist/.tsbuildinfo ## keep the lab's state as this release leaves it, for test/engine/upgrade.spec.ts
	@$(TSX) tools/releases/main.ts

format: node_modules/.ready
	@prettier --write --log-level warn .

build: dist/.tsbuildinfo

# Plugins run compiled: what the engine starts is what stands in the sources.
dist/.tsbuildinfo: node_modules/.ready tsconfig.json tsconfig.build.json $(shell find estate components provider policies -name '*.ts')
	@npm run --silent build
	@touch $@

# --- what everything stands on ---------------------------------------------------------------------------------------

node_modules/.ready: package.json package-lock.json
	@tools/prerequisites
	@echo "Installing the packages of package-lock.json; a first time takes about a minute."
	@npm ci --no-fund --no-audit --loglevel=error
	@touch $@
