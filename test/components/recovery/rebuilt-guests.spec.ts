import { strict as assert } from "node:assert";

import { RebuiltGuests, type RebuiltGuestsArgs } from "../../../components/recovery/rebuilt-guests";
import { rebuiltGuestsProblems } from "../../../components/recovery/rebuilt-guests-problems";
import { mockPulumi, registered, type Registrations } from "../../support/mocks";

const RESTORED = "resilience:pve:RestoredGuest";
const START = "resilience:pve:GuestStart";
const COMMON = { node: "tappaas1", starts: true };
const validArgs = {
  login: "up@pve!up",
  freeSince: "2026-11-26T10:15:00.000Z",
  guests: [
    {
      ...{ ...COMMON, guest: "vm:140", archive: "main:backup/vm/140/2026-11-25T21:00:00Z" },
      ...{ startAfter: ["vm:110"], restoreAfter: [] },
    },
    { ...COMMON, guest: "vm:110", archive: "main:backup/vm/110/2026-11-25T21:00:00Z", restoreAfter: ["vm:140"] },
    {
      ...{ ...COMMON, guest: "ct:312", archive: "main:backup/ct/312/2026-11-25T21:00:00Z", starts: false },
      ...{ storage: "tankb1", restoreAfter: ["vm:110"], startAfter: ["vm:140"] },
    },
  ],
} as const satisfies RebuiltGuestsArgs;

describe("Guests that come back from backups", () => {
  let registrations: Registrations;
  beforeEach(async () => {
    registrations = await mockPulumi();
    const { restored, starts } = new RebuiltGuests("rebuilt", validArgs);
    await registered(...restored.values(), ...starts.values());
  });

  const after = (name: string, type: string) =>
    registrations
      .requestOf(name, type)
      .getDependenciesList()
      .map((urn) => urn.split("::").slice(2).join(" ").split("$").at(-1));

  it("are each restored from the snapshot that was chosen, by the login and since the moment of the plan", () => {
    const { login, freeSince } = validArgs;
    const archive = "main:backup/ct/312/2026-11-25T21:00:00Z";
    assert.deepEqual(registrations.ofType(RESTORED)["rebuilt-ct-312"], {
      ...{ guest: "ct:312", archive, node: "tappaas1", storage: "tankb1", login, freeSince },
    });
    assert.equal(Object.keys(registrations.ofType(RESTORED)).length, 3);
  });

  it("are restored in their turn, also where that is not the order in which they start", () => {
    assert.deepEqual(after("rebuilt-vm-140", RESTORED), []);
    assert.deepEqual(after("rebuilt-vm-110", RESTORED), [`${RESTORED} rebuilt-vm-140`]);
    assert.deepEqual(after("rebuilt-ct-312", RESTORED), [`${RESTORED} rebuilt-vm-110`]);
  });

  it("are started after what they need, and those that stay off are not", () => {
    assert.deepEqual(Object.keys(registrations.ofType(START)).sort(), ["rebuilt-vm-110", "rebuilt-vm-140"]);
    assert.deepEqual(
      after("rebuilt-vm-140", START).sort(),
      [`${RESTORED} rebuilt-vm-140`, `${START} rebuilt-vm-110`].sort(),
    );
  });

  it("stay on the site when they leave the program", () => {
    for (const type of [RESTORED, START])
      assert.equal(registrations.requestOf("rebuilt-vm-140", type).getRetainondelete(), true);
  });
});

describe("What is asked of guests that come back", () => {
  const [first, second] = validArgs.guests;
  const problemsWith = (guests: RebuiltGuestsArgs["guests"]) =>
    rebuiltGuestsProblems({ ...validArgs, guests }).map(({ path, reason }) => `${path}: ${reason}`);

  it("is refused when a snapshot is of another kind of guest, or a guest is named twice", () => {
    assert.deepEqual(problemsWith([first, second]), []);
    assert.deepEqual(problemsWith([{ ...second, guest: "ct:110" }]), [
      'guests[0].archive: expected a snapshot of a guest of that kind, got "main:backup/vm/110/2026-11-25T21:00:00Z"',
    ]);
    assert.deepEqual(problemsWith([second, second]), ["guests: expected each guest once, got vm:110 twice"]);
  });

  it("is refused when guests wait for each other", () => {
    assert.deepEqual(problemsWith([first, { ...second, startAfter: ["vm:140"] }]), [
      "startAfter: expected an order, got vm:140 waiting for itself",
      "startAfter: expected an order, got vm:110 waiting for itself",
    ]);
  });
});
