import { strict as assert } from "node:assert";

import { WrittenPage } from "./support/page";

/** What a person sees of the report, in the browser that most people have. */
describe("the page of a site's report, in Chromium", function () {
  this.timeout(120_000);
  let page: WrittenPage;

  before(async () => {
    page = await WrittenPage.of("report", "report.html");
  });

  after(() => page.forget());

  const each = <T>(selector: string, what: string): Promise<T[]> =>
    page.told(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => ${what})`);

  it("opens from a disk without a complaint, and asks nobody else for anything", async () => {
    const opened = await page.open(1200);
    assert.match(await opened.title(), /^What .*three-node survives$/);
    assert.deepEqual(page.complaints, []);
  });

  it("draws every guest's restore as a bar that a person can see, and every node with its pools", async () => {
    await page.open(1200);
    const box = "[one.getBoundingClientRect().width, one.getBoundingClientRect().height]";
    const bars = await each<[number, number]>('svg[aria-label="Order of restores"] rect', box);
    const guests = await page.told<number>('document.querySelectorAll(".heat thead th").length - 1');
    assert.ok(guests > 10);
    assert.equal(bars.length, guests);
    for (const [width, height] of bars) assert.ok(width >= 1 && height > 5, `${width} by ${height}`);
    const [nodes = ""] = await each<string>('svg[aria-label="Nodes, pools and guests"]', "one.textContent");
    for (const name of ["tappaas1", "tappaas2", "tappaas3", "tankc1"]) assert.ok(nodes.includes(name), name);
  });

  it("tells lost from saved by colour, in the light and in the dark", async () => {
    for (const value of ["light", "dark"]) {
      const opened = await page.open(1200);
      await opened.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      const colours = await each<[string, string]>(
        ".heat td",
        "[one.className, getComputedStyle(one).backgroundColor]",
      );
      const [runs, lost] = ["runs", "lost"].map((kind) => colours.find(([name]) => name === kind)?.[1]);
      assert.ok(runs !== undefined && lost !== undefined && runs !== lost, `${runs} and ${lost}`);
    }
  });

  it("fits a telephone: what is wider scrolls by itself, and every word of it stays legible", async () => {
    await page.open(390);
    const across = await page.told<number>("document.documentElement.scrollWidth");
    assert.ok(across <= 390, String(across));
    const heights = await each<number>("svg text", "one.getBoundingClientRect().height");
    assert.ok(Math.min(...heights) >= 10, String(Math.min(...heights)));
  });

  it("prints, and nothing of it is cut off at the side", async () => {
    const opened = await page.open(1200);
    await opened.emulateMediaType("print");
    await opened.setViewport({ width: 1040, height: 800 });
    const wide = await each<number>(".wide > *", "one.getBoundingClientRect().right");
    assert.ok(Math.max(...wide) <= 1040, String(Math.max(...wide)));
    assert.ok((await opened.pdf({ format: "A4", landscape: true })).length > 10_000);
  });
});
