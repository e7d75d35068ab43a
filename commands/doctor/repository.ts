import { spawnSync } from "node:child_process";
import { relative } from "node:path";

import { ok, warning, type Check } from "./check";
import { type DoctoredSite } from "./site";

/** What was observed names every guest and disk of a site; it does not belong where everybody reads. */
export function repositoryCheck({ folder, project }: DoctoredSite): Check {
  return {
    name: "repository",
    run: () => {
      const file = `${relative(project, folder)}/observed.json`;
      const tracked = git(project, "ls-files", file) !== "";
      const remotes = [
        ...new Set(
          git(project, "remote", "-v")
            .split("\n")
            .flatMap((line) => line.split(/\s+/)[1] ?? []),
        ),
      ];
      if (!tracked) return Promise.resolve([ok(`${file} is not committed`)]);
      const doubtful = remotes.filter((remote) => !isLocal(remote));
      if (doubtful.length === 0) return Promise.resolve([ok(`${file} is committed, and goes nowhere`)]);
      const says = `${file} is committed, and ${doubtful.join(", ")} may be public: it names guests, disks and addresses`;
      const cure = "make sure that the remote is private, or take the file out (`git rm --cached`) and into .gitignore";
      return Promise.resolve([warning(says, cure)]);
    },
  };
}

/** A remote on this machine or in a private network. */
export function isLocal(remote: string): boolean {
  if (/^(?:\/|\.|~|file:)/.test(remote)) return true;
  const host = /^(?:\w+:\/\/)?(?:[^@/]+@)?\[?([^/:\]]+)/.exec(remote)?.[1] ?? "";
  return /^(?:localhost$|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|.*\.(?:internal|lan|local|home\.arpa)$)/.test(
    host,
  );
}

function git(cwd: string, ...args: string[]): string {
  const { status, stdout } = spawnSync("git", args, { cwd, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
