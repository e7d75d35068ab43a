import { strict as assert } from "node:assert";

import { WrittenPage } from "./support/page";

/** What a person holds in their hands on the day: a telephone, or paper. */
describe("the page of a site's runbook, in Chromium", function () {
  this.timeout(120_000);
  let page: WrittenPage;

  before(async () => {
    page = await WrittenPage.of("runbook", "runbook.html");
  });

  after(() => page.forget());

  it("opens from a disk and asks nobody for anything; each line of the first page leads to its page", async () => {
    await page.open(1200);
    const [links, found] = await page.told<[number, number]>(
      `(() => { const links = [...document.querySelectorAll("section.first a")]; return [links.length, links.filter((one) => document.getElementById(one.getAttribute("href").slice(1))).length]; })()`,
    );
    assert.ok(links > 15);
    assert.equal(found, links);
    assert.deepEqual(page.complaints, []);
  });

  it("fits a telephone: nothing is wider than it, and no command is cut off", async () => {
    await page.open(390);
    assert.ok((await page.told<number>("document.documentElement.scrollWidth")) <= 390);
    const cut = await page.told<number>(
      `[...document.querySelectorAll("pre")].filter((one) => one.scrollWidth > one.clientWidth).length`,
    );
    assert.equal(cut, 0);
  });

  it("breaks no number of a page in two, on a telephone, a screen or paper", async () => {
    for (const width of [390, 720, 1200]) {
      const opened = await page.open(width);
      if (width === 720) await opened.emulateMediaType("print");
      const lines = await page.told<number[]>(
        `[...document.querySelectorAll("section.first tbody td:first-child")].map((cell) => { const range = document.createRange(); range.selectNodeContents(cell); return range.getClientRects().length; })`,
      );
      assert.ok(lines.length > 15);
      assert.deepEqual([...new Set(lines)], [1], `at ${width} pixels`);
    }
  });

  it("prints on A4, every disaster from the top of a sheet, and no word smaller than can be read by a torch", async () => {
    const opened = await page.open(720);
    await opened.emulateMediaType("print");
    const breaks = await page.told<string[]>(
      `[...document.querySelectorAll(".runbook > section:not(.first)")].map((one) => getComputedStyle(one).breakBefore)`,
    );
    assert.deepEqual([...new Set(breaks)], ["page"]);
    const sizes = await page.told<number[]>(
      `[...document.querySelectorAll(".runbook li, .runbook td, .runbook pre")].map((one) => parseFloat(getComputedStyle(one).fontSize))`,
    );
    assert.ok(Math.min(...sizes) >= 11, String(Math.min(...sizes)));
    assert.ok((await page.told<number>("document.documentElement.scrollWidth")) <= 720);
    assert.ok((await opened.pdf({ format: "A4" })).length > 50_000);
  });
});
