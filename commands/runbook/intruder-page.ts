import { httpsAddress } from "../../estate/units/web-address";
import { copyName } from "../../estate/offsite-settings";
import { isDestroyed, openedBy } from "../../planning/aftermath";
import { NODE_ROOT, PASSPHRASE, SERVER_ADMIN, SERVER_ROOT, WRITER } from "../../planning/credentials";
import { type Credential } from "../../planning/model";
import { type PageDraft, type Step } from "./page";
import { afterwards, rebuildSteps, sheetStep, sheetUnknowns } from "./restoring";
import { declared, lossesLike, make, onNode, type RunbookSite } from "./site";

/** Somebody has a login who should not. */
export function intruderPages(site: RunbookSite): PageDraft[] {
  const [first] = site.estate.nodes;
  if (first === undefined) return [];
  const order = endingOrder(site);
  const worst = order.map((one) => `${one.name}: ${destroyedText(site, one)}`);
  return [
    {
      id: "intruder",
      title: "An intruder: a login was stolen",
      losses: lossesLike(site, "credential:"),
      notes: [
        ...worst,
        "If you do not know which login it was, end all of them, in this order.",
        "The encryption key is not changed: what it encrypted no other key reads. Whoever has it reads backups that they can reach, so end the ways to them.",
      ],
      unknown: sheetUnknowns(site),
      steps: [
        declared(site),
        {
          text: "Cut the ways in: pull the WAN cable, and the cables of machines that you do not trust. Work from a machine that was not on this network.",
          by: "hand",
          check: make(site, "status"),
          expect: "The site answers you, and nothing outside is reached from it.",
        },
        ...holdSteps(site),
        ...order.map((one) => endingStep(site, one)),
        {
          text: "See what was changed, object by object, and what the logins may do now.",
          by: "program",
          commands: [make(site, "drift"), make(site, "doctor")],
          expect: "Nothing that you do not know of. What the intruder changed is put back by make up.",
        },
        {
          text: "See whether the backups of before the intrusion are whole: let the backup server reread them (its web page, Datastore, Verify Jobs, Run now).",
          by: "hand",
          check: make(site, "watch"),
          expect: "Every snapshot of before the intrusion verified: OK.",
          decision: { question: "Are backups of before the intrusion there?", otherwise: { page: "whole-site" } },
        },
        sheetStep(site),
        {
          text: "A machine on which somebody was root is installed anew, with blank system disks: the page of its node. Guests come back from before the intrusion, with --before.",
          by: "hand",
          check: make(site, "doctor"),
          expect: "New host keys, compared on each console.",
        },
        ...rebuildSteps(site, first, " --before <2026-01-31T12:00:00Z>"),
        afterwards(site),
      ],
    },
  ];
}

/** Logins as they are ended: first those with which most copies are destroyed, and of these first what opens others. */
export function endingOrder({ model }: Pick<RunbookSite, "model">): Credential[] {
  const weight = ({ id }: Credential) => destroyedCopies(model, id).length;
  return model.credentials.toSorted(
    (a, b) => b.opens.length - a.opens.length || weight(b) - weight(a) || a.id.localeCompare(b.id),
  );
}

function destroyedCopies(model: RunbookSite["model"], id: string) {
  const opened = openedBy(model, [id]);
  return model.copies.filter((copy) => isDestroyed(copy, opened));
}

function destroyedText({ model }: RunbookSite, { id }: Credential): string {
  const names = destroyedCopies(model, id).map(({ name }) => name);
  return names.length === 0 ? "destroys no copy" : `can destroy ${names.join("; ")}`;
}

/** Nothing that prunes or fetches may run while it is not known what is true. */
function holdSteps({ estate }: RunbookSite): Step[] {
  const away = estate.offsite.map(copyName);
  const { address } = estate.backupServer;
  if (address === undefined) return [];
  const told = away.length === 0 ? "" : ` Tell ${away.join(" and ")} to prune nothing and to keep what was fetched.`;
  return [
    {
      text: `Keep the copies: on ${address}, switch the datastore to read-only (its web page, Datastore, Options, Maintenance mode).${told}`,
      by: "hand",
      check: `curl -ksS ${httpsAddress(address, estate.backupServer.port)}/ -o /dev/null && echo answers`,
      expect: "The datastore shows maintenance mode read-only. Take it off before the next night.",
    },
  ];
}

function endingStep(site: RunbookSite, credential: Credential): Step {
  const known = ENDINGS[credential.id];
  const step = known?.(site) ?? {
    text: "It is ended over there, by whoever keeps that place.",
    by: "hand" as const,
    check: "make drift STACK=<its stack>",
    expect: "Over there: its former login is refused.",
  };
  return { ...step, text: `End ${credential.name}. ${step.text}` };
}

const ENDINGS: Readonly<Record<string, (site: RunbookSite) => Step>> = {
  [PASSPHRASE]: (site) => ({
    text: "Whoever had it has every secret of the settings. Take another passphrase first, so that the new secrets are not theirs; then all logins below. Secrets of others in the settings (alerts, Cloudflare) are ended where they were made.",
    by: "hand",
    commands: [`pulumi stack change-secrets-provider passphrase --stack ${site.stack}`],
    check: make(site, "doctor"),
    expect: "The new passphrase opens the settings. Old commits of the settings file stay readable with the old one.",
  }),
  [SERVER_ADMIN]: (site) => ({
    text: "New tokens are made and tried, then the former ones end.",
    by: "program",
    commands: [make(site, "enrol", { PBS: site.estate.backupServer.address ?? "", ENROL_OPTIONS: "--new-secrets" })],
    expect: "The former tokens are refused.",
  }),
  [SERVER_ROOT]: (site) => ({
    text: "Another password, and only keys that you know. On its own console, or as root in its shell.",
    by: "hand",
    commands: ["passwd", "cat /root/.ssh/authorized_keys"],
    check: make(site, "doctor"),
    expect: "No key in authorized_keys that you do not know.",
  }),
  [NODE_ROOT]: (site) => ({
    text: "New tokens and a new SSH key of the program are made and tried, then the former ones end; then another password for root, and only keys that you know.",
    by: "program",
    commands: [
      ...site.estate.nodes
        .slice(0, 1)
        .map(({ ssh }) => make(site, "enrol", { HOST: ssh.host, ENROL_OPTIONS: "--new-secrets" })),
      ...site.estate.nodes.map((node) => onNode(node, "cat /root/.ssh/authorized_keys; pveum user list")),
      ...site.estate.nodes.map(({ name }) => `passwd   # on the console of ${name}`),
    ],
    expect: "No user, token or key that you do not know.",
  }),
  [WRITER]: (site) => ({
    text: "The nodes get a new secret in place; backups go on.",
    by: "program",
    commands: [make(site, "rotate", { ROTATE_OPTIONS: "--dry-run" }), make(site, "rotate")],
    expect: "The old secret and the user's password are refused.",
  }),
};
