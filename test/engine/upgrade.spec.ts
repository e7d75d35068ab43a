import { ReleasedSite, RELEASES } from "./support/released-site";
import { forgetLabSite } from "./support/lab-site";

const NAME = "test-upgrade";

/** The state that the last released program left behind, met by the program of today; the sweep meets the older ones, too. */
describe("a site that an earlier release set up", () => {
  let released: ReleasedSite;

  before(async () => {
    released = await ReleasedSite.start(NAME, "127.0.46");
  });

  after(() => {
    forgetLabSite(NAME);
  });

  const newest = RELEASES.at(-1) ?? "";

  it(`loses and replaces nothing when ${newest} is followed by today's program`, async () => {
    await released.upgradeFrom(newest);
  });
});
