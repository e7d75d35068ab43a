import { copyName } from "../../estate/offsite-settings";
import { TUNNEL_ID } from "../../planning/places";
import { type PageDraft } from "./page";
import { guestNames, lossesLike, make, onNode, takes, type RunbookSite } from "./site";

/** The way to the internet, and the tunnel. */
export function linePages(site: RunbookSite): PageDraft[] {
  const { nodes, tunnel, offsite, backupServer } = site.estate;
  const server = backupServer.address;
  const internet: PageDraft = {
    id: "internet",
    title: "The internet is gone",
    losses: lossesLike(site, "internet"),
    notes: [
      "Nothing of the site is broken: guests, backups, replication and failover go on. Do not restart anything to mend it.",
      ...(site.estate.returnGuard === undefined
        ? []
        : [
            "A node that starts meanwhile can ask nobody, and keeps guests off that may serve elsewhere: the page of a power cut says how they start.",
          ]),
      `What waits until it is back: ${[...offsite.map((copy) => `the copies at ${copyName(copy)}`), "messages to a heartbeat or a mail server outside", "a state that lies in somebody's cloud"].join("; ")}.`,
    ],
    steps: [
      {
        text: "See that it is the line, and not the site: the provider's box, its lamps, the cable to the firewall.",
        by: "program",
        commands: [make(site, "status")],
        decision: { question: "Does the site answer as always?", otherwise: { page: "whole-site" } },
      },
      {
        text: `See that names of the site are still found on each node${server === undefined ? "" : `, above all the backup server ${server}`}.`,
        by: "hand",
        commands: nodes.map((node) => onNode(node, `getent hosts ${server ?? node.name}`)),
        expect: "An answer at once. If not: docs/how-to/internet-outage.md.",
      },
      {
        text: "Call the provider; or move the cable or the firewall to another line, if there is one.",
        by: "hand",
        check: nodes.slice(0, 1).map((node) => onNode(node, "ping -c 1 1.1.1.1"))[0],
        expect: "An answer.",
        takes: takes(site, "internetOutage"),
      },
      {
        text: "It is back: see what waited.",
        by: "program",
        commands: [make(site, "watch")],
        expect: "Nothing to look at. Copies elsewhere are fetched at their next hour.",
      },
    ],
  };
  if (tunnel === undefined) return [internet];
  return [
    internet,
    {
      id: "tunnel",
      title: `The tunnel ${tunnel.name}, or Cloudflare`,
      losses: [TUNNEL_ID],
      notes: [
        `Names that lead through it: ${tunnel.names.map(({ name }) => name).join(", ")}.`,
        `Connectors: ${guestNames(tunnel.connectors)}. One of them is enough.`,
        tunnel.otherWayIn === undefined ? "No other way in is written down." : `Another way in: ${tunnel.otherWayIn}.`,
      ],
      ...(tunnel.otherWayIn === undefined && {
        unknown: [{ text: "another way into the site", cure: `tunnel.otherWayIn in Pulumi.${site.stack}.yaml` }],
      }),
      steps: [
        {
          text: "See whether it is Cloudflare (www.cloudflarestatus.com, over another line) or this site.",
          by: "program",
          commands: [make(site, "status")],
          decision: {
            question: "Do the guests with connectors run, and the internet works?",
            otherwise: { page: "internet" },
          },
        },
        {
          text: "Start the connectors anew.",
          by: "hand",
          commands: tunnel.connectors.map(({ vmid, node }) => `qm reboot ${vmid}   # on ${node}`),
          check: tunnel.connectors.map(({ vmid }) => `qm status ${vmid}`).join("; "),
          expect: "status: running, and each name answers from outside.",
        },
        {
          text: "If the tunnel was deleted at Cloudflare: another one is made, with its names and connectors.",
          by: "program",
          commands: [make(site, "up")],
          expect: "One tunnel more, and each name answers from outside.",
        },
      ],
    },
  ];
}
