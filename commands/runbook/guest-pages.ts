import { type PageDraft } from "./page";
import { afterwards, restoreBeside, sheetStep, sheetUnknowns } from "./restoring";
import { declared, guestNames, lossesLike, make, onNode, takes, type RunbookSite } from "./site";

/** Something in a guest was deleted or encrypted, or the guest itself; and an update that went wrong. */
export function guestPages(site: RunbookSite): PageDraft[] {
  const [first] = site.estate.nodes;
  if (first === undefined) return [];
  const { guests } = site.estate;
  return [
    {
      id: "guest-deleted",
      title: "A guest, or something in it, was deleted or encrypted",
      losses: lossesLike(site, "deletion:"),
      notes: [
        `Guests: ${guestNames(guests)}.`,
        "The backups before the harm are what helps: later ones hold the harm. Replicas and snapshots of the same night follow it.",
        "Nothing is read back over what lives: it comes back beside it, and a person takes over what is missing.",
      ],
      unknown: sheetUnknowns(site),
      steps: [
        declared(site),
        {
          text: "If it is encrypted, or somebody is still in: shut the guest down, and go to the page of the intruder.",
          by: "hand",
          commands: [onNode(first, "qm list; pct list"), "qm shutdown <VMID>   # on the node that runs it"],
          decision: {
            question: "Is it certain that nobody is in the site who should not be?",
            otherwise: { page: "intruder" },
          },
        },
        {
          text: "Find the moment before the harm. The fast way is a snapshot of before an update; the slow one is a night's backup.",
          by: "hand",
          check: `qm listsnapshot <VMID>   # on the node that runs it`,
          expect:
            "before-update-…, if make before-update took one. Going back to it (qm rollback) loses everything since.",
        },
        sheetStep(site),
        {
          text: "Read it back beside the living one, as it was before the harm: say the moment with --before, in UTC.",
          by: "program",
          commands: restoreBeside(site, first, "<name>", " --before <2026-01-31T12:00:00Z>"),
          expect:
            "The night that is read is before the harm. The restored guest has new network addresses and is not started.",
        },
        {
          text:
            "Take over what is missing: start the restored guest without its network (in PVE, unplug its network card first), copy files or a " +
            "dump out of it; or, when the whole guest is to go back, shut the living one down, keep it, and let the restored one take its place.",
          by: "hand",
          check: "qm config <free VMID>   # link_down=1 on its network card",
          expect: "What was missing is there. Remove the guest that you do not need only when its people say so.",
        },
        afterwards(site),
      ],
    },
    {
      id: "bad-update",
      title: "A bad update of a guest",
      losses: ["update"],
      notes: ["Decide soon: everything that is written after the update is lost by going back."],
      unknown: sheetUnknowns(site),
      steps: [
        {
          text: "See whether a snapshot of before the update is there.",
          by: "hand",
          commands: ["qm listsnapshot <VMID>   # on the node that runs it"],
          decision: { question: "Is there one called before-update-…?", otherwise: { step: "backup" } },
        },
        {
          text: "Go back to it. Everything that the guest wrote since is lost; ZFS goes back to the newest snapshot only.",
          by: "hand",
          commands: ["qm rollback <VMID> <before-update-…>   # on the node that runs it"],
          check: "qm status <VMID>",
          expect: "It starts, and serves as before the update. Steps after this one are not needed.",
          takes: takes(site, "rollback", "boot"),
        },
        { ...sheetStep(site), name: "backup" },
        {
          text: "There is none: read last night's backup back beside it, and let it take the place of the living one by hand.",
          by: "program",
          commands: restoreBeside(site, first, "<name>"),
          expect: "restored … not started. Shut the living one down and keep it before you start this one.",
        },
        {
          text: "Next time, have a way back first.",
          by: "program",
          commands: [make(site, "before-update", { GUEST: guests[0]?.name ?? "<name>" })],
          expect: "The snapshot, and the command that goes back to it.",
        },
        afterwards(site),
      ],
    },
  ];
}
