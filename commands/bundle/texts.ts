import { folderOf, NEVER_IN_IT, whichStack, type Manifest } from "./manifest";

/** What stands at the top of a bundle. */
export function startHere(made: Manifest, archive: string): string {
  const which = whichStack(made);
  const run = (words: string) => `   node --import=tsx commands/main.ts ${words} ${which}`;
  const state =
    made.state === undefined
      ? [
          `   pulumi stack init ${made.stack}`,
          "   There is no copy of the state in it: the next run finds what is on the site and adopts it. What stands elsewhere, as a tunnel",
          "   at Cloudflare, is known from a copy of the state alone; state restore --from takes one from wherever it lies.",
        ]
      : [
          `   pulumi stack init ${made.stack}`,
          "   The site is there, and only the machine that ran the program is gone:",
          run(`state restore --from ../state/${made.state}`),
          "   The site itself is gone. Then only what stands at Cloudflare is taken from it, and all else is made anew:",
          run(`state restore --site-gone --from ../state/${made.state}`),
        ];
  return `START HERE

This is what the site of the stack "${made.stack}" needs to be looked after or rebuilt on a clean machine without internet.
Made on ${made.madeAt} for ${made.platform}. runbook.html says what to do after which disaster: open or print it first.

What is NOT in it, and you need:
${NEVER_IN_IT.map((one) => ` * ${one}`).join("\n")}
${made.missing.map((one) => ` * missing when it was made: ${one}`).join("\n")}

1. Unpack, compare, put together. It needs sh, tar, git and the usual small programs of Linux, and nothing from the internet:
   tar -xf ${archive}
   cd ${folderOf(made.stack)}
   sh open.sh

2. In every new shell, in that folder:
   . ./environment
   cd resilience

3. The passphrase, into a file that is yours alone:
   umask 077; cat >../passphrase        (type it, Enter, Ctrl-D)
   export PULUMI_CONFIG_PASSPHRASE_FILE="$PWD/../passphrase"

4. The state, if its own place is gone (it lies in the folder "backend" then):
${state.join("\n")}

5. Look, and go on as the runbook says:
   node --import=tsx commands/main.ts doctor --settings ${made.settingsFile}
${run("status")}
${run("preview")}
${run("rebuild --escrow-file <escrow.txt> --dry-run")}
   With make on the machine the commands of the runbook work as they stand there.

Machines of another kind than ${made.platform}: the repository, the runbook and the state are of use; Node.js and Pulumi have to come from elsewhere.
Remove the folder when you are done: it holds encrypted secrets, and the passphrase file beside it opens them.
`;
}

/** Compares every file with its checksum, then puts repository, site, packages and engine together. It changes nothing outside its folder. */
export function openScript({ commit }: Manifest): string {
  return `#!/bin/sh
# Puts the bundle together in this folder. It can be run again; what is there already stays.
set -eu
cd "$(dirname "$0")"
sha256sum -c --quiet SHA256SUMS
if [ ! -e resilience/.opened ]; then
  rm -rf resilience.new engine.new
  git -c advice.detachedHead=false clone -q --no-checkout repository.bundle resilience.new
  git -C resilience.new checkout -q --detach ${commit}
  tar -xf site.tar -C resilience.new
  tar -xf packages.tar -C resilience.new
  mkdir engine.new
  tar -xf engine.tar -C engine.new
  touch resilience.new/node_modules/.ready
  touch resilience.new/dist/.tsbuildinfo
  touch resilience.new/.opened
  rm -rf engine
  mv engine.new engine
  mv resilience.new resilience
fi
mkdir -p backend
cat >environment <<'END'
# To be read by a shell in this folder: . ./environment
BUNDLE=$(pwd)
PATH=$BUNDLE/resilience/node_modules/.bin:$BUNDLE/engine/bin:$PATH
PULUMI_HOME=$BUNDLE/engine
PULUMI_BACKEND_URL=file://$BUNDLE/backend
PULUMI_SKIP_UPDATE_CHECK=true
PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
PULUMI_DISABLE_REGISTRY_RESOLVE=true
PULUMI_CREDENTIAL_STORE=plaintext
export PATH PULUMI_HOME PULUMI_BACKEND_URL PULUMI_SKIP_UPDATE_CHECK PULUMI_CREDENTIAL_STORE
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION PULUMI_DISABLE_REGISTRY_RESOLVE
END
echo "Ready. Now: . ./environment && cd resilience"
`;
}
