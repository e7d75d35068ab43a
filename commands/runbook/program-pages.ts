import { type PageDraft, type Unknown } from "./page";
import { restoreBeside, sheetStep } from "./restoring";
import { make, otherNode, siteName, type RunbookSite } from "./site";

/** What the program itself needs: its machine and the passphrase. */
export function programPages(site: RunbookSite): PageDraft[] {
  return [controlPage(site), passphrasePage(site)];
}

/** The control machine, as TAPPaaS calls it where it is a guest of the site. */
const CONTROL = "tappaas-cicd";

function controlPage(site: RunbookSite): PageDraft {
  const { state, stack } = site;
  const guest = site.estate.guests.find(({ name }) => name === CONTROL);
  const [first] = site.estate.nodes;
  const node = first === undefined || guest === undefined ? undefined : (otherNode(site, guest.node) ?? first);
  const backend = state.backend ?? "where that machine was logged in";
  return {
    id: "control-machine",
    title: "The machine that runs the program",
    losses: ["control"],
    notes: [
      "Nothing of the site stops, and no backup is lost: nodes and backup server need no program.",
      `The state lies at ${backend}; copies of it: ${state.copies.length === 0 ? "none is declared" : state.copies.join(", ")}.`,
    ],
    unknown: [
      ...(state.backend === undefined
        ? [{ text: "where the state lies", cure: `state.backend in Pulumi.${stack}.yaml` }]
        : []),
      ...noCopy(site),
    ],
    steps: [
      {
        text: "See whether it is gone for good. A machine that was stolen is an intruder's: that page comes first.",
        by: "hand",
        check: `ping -c 1 <its address>`,
        expect: "No answer.",
        decision: { question: "Was it lost, and not stolen?", otherwise: { page: "intruder" } },
      },
      ...(guest === undefined || node === undefined
        ? []
        : [
            sheetStep(site),
            {
              text: `It is the guest ${guest.name} (${guest.vmid}): read it back from any other machine with this repository.`,
              by: "program" as const,
              commands: restoreBeside(site, node, guest.name),
              expect: "restored … not started. Start it when its former self is off.",
            },
          ]),
      {
        text: `Or take another machine: the bundle, or a clone of the repository with Pulumi.${stack}.yaml and sites/${siteName(site)}.`,
        by: "hand",
        check: "make doctor",
        expect: "Node.js, Pulumi and plugins are in order.",
      },
      {
        text: `Put the key back: ${site.key.file} and ${site.key.identityFile} from a copy of that machine; or type it from a sheet, as here. It is compared with the one that the nodes use.`,
        by: "program",
        commands: [
          `node --import=tsx commands/main.ts key import --from-paper --no-master-key --site ${siteName(site)} ` +
            `--pbs ${site.estate.backupServer.address ?? "<address>"} --settings Pulumi.${stack}.yaml --folder ${site.estate.site}`,
        ],
        check: make(site, "doctor"),
        expect: "key: in order.",
      },
      {
        text: `Put the state back, if its place went with the machine. Without any copy leave this out: the next run finds everything on the site and adopts it${atCloudflare(site)}.`,
        by: "program",
        commands: [`pulumi stack init ${stack}`, make(site, "state-restore")],
        expect: "The state is back.",
      },
      {
        text: "See what the site has otherwise than the state says, then apply.",
        by: "program",
        commands: [make(site, "doctor"), make(site, "drift"), make(site, "up")],
        expect: "Nothing that data rests on goes.",
      },
    ],
  };
}

/** A name that is taken at Cloudflare is not looked for, and cannot be made twice. */
function atCloudflare({ estate: { tunnel } }: RunbookSite): string {
  if (tunnel === undefined) return "";
  return `; only the tunnel ${tunnel.name}, its Access applications and its DNS records are not found: remove them in Cloudflare's dashboard, and they are made anew`;
}

function noCopy({ state, stack }: RunbookSite): Unknown[] {
  if (state.copies.length > 0) return [];
  return [{ text: "where a copy of the state lies", cure: `state.copies in Pulumi.${stack}.yaml` }];
}

function passphrasePage(site: RunbookSite): PageDraft {
  const { stack } = site;
  const { address } = site.estate.backupServer;
  const { nodes } = site.estate;
  return {
    id: "passphrase-lost",
    title: "The passphrase of the stack is lost",
    losses: [],
    notes: [
      "No backup is lost: backups are encrypted with the key, and that stands on the sheet. What is lost are the program's logins and the copies of the state.",
      "Nobody can open them without it. All of it can be made anew.",
    ],
    steps: [
      {
        text: "Look for it where it was put away: beside the sheet, in a password manager, in the file that PULUMI_CONFIG_PASSPHRASE_FILE names.",
        by: "hand",
        check: `pulumi config --stack ${stack} --show-secrets >/dev/null && echo opens`,
        expect: "opens: then nothing is lost.",
      },
      {
        text: `Keep the old Pulumi.${stack}.yaml aside. Take the lines secure: and encryptionsalt: out of it, take another passphrase, and make the stack anew, in a place of its own.`,
        by: "hand",
        commands: [
          `cp -n Pulumi.${stack}.yaml Pulumi.${stack}.yaml.before`,
          `pulumi stack init ${stack} --secrets-provider passphrase`,
        ],
        check: "pulumi stack ls",
        expect: `${stack} in the list, with no resource.`,
      },
      {
        text: "Make new logins on nodes and backup server. The former ones are named, for you to remove.",
        by: "program",
        commands: [
          ...nodes.map(({ ssh }) => make(site, "enrol", { HOST: ssh.host })),
          ...(address === undefined ? [] : [make(site, "enrol", { PBS: address })]),
        ],
        check: make(site, "doctor"),
        expect: "API, SSH and backup server are in order.",
      },
      {
        text: "Take everything up again: what exists is adopted, or refused with the difference. The nodes' login to the backup server gets another token.",
        by: "program",
        commands: [make(site, "observe"), make(site, "adopt"), make(site, "up")],
        expect: "Nothing that data rests on goes; the next night is backed up.",
      },
    ],
  };
}
