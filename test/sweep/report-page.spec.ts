import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { type Browser, type Page } from "puppeteer-core";

import { REPOSITORY } from "../../tools/lab-site/places";

/** What a person sees of the report, in the browser that most people have. */
describe("the page of a site's report, in Chromium", function () {
  this.timeout(120_000);
  let folder: string;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "page-"));
    const args = ["--import=tsx", "commands/main.ts", "report", "--stack", "three-node", "--out", folder];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const { default: chromium } = await import("@sparticuz/chromium");
    const { launch } = await import("puppeteer-core");
    const executablePath = await chromium.executablePath();
    browser = await launch({ executablePath, headless: "shell", args: ["--no-sandbox"] });
  });

  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  const opened = async (width: number) => {
    page = await browser.newPage();
    complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!/^(?:file|data):/.test(request.url())) complaints.push(request.url());
    });
    await page.setViewport({ width, height: 800 });
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
  };

  /** What a script in the page says; it knows the page, and this file does not. */
  const told = async <T>(script: string): Promise<T> => (await page.evaluate(script)) as T;
  const each = <T>(selector: string, what: string): Promise<T[]> =>
    told(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => ${what})`);

  it("opens from a disk without a complaint, and asks nobody else for anything", async () => {
    await opened(1200);
    assert.match(await page.title(), /^What .*three-node survives$/);
    assert.deepEqual(complaints, []);
  });

  it("draws every guest's restore as a bar that a person can see, and every node with its pools", async () => {
    await opened(1200);
    const box = "[one.getBoundingClientRect().width, one.getBoundingClientRect().height]";
    const bars = await each<[number, number]>('svg[aria-label="Order of restores"] rect', box);
    const guests = await told<number>('document.querySelectorAll(".heat thead th").length - 1');
    assert.ok(guests > 10);
    assert.equal(bars.length, guests);
    for (const [width, height] of bars) assert.ok(width >= 1 && height > 5, `${width} by ${height}`);
    const [nodes = ""] = await each<string>('svg[aria-label="Nodes, pools and guests"]', "one.textContent");
    for (const name of ["tappaas1", "tappaas2", "tappaas3", "tankc1"]) assert.ok(nodes.includes(name), name);
  });

  it("tells lost from saved by colour, in the light and in the dark", async () => {
    for (const value of ["light", "dark"]) {
      await opened(1200);
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      const colours = await each<[string, string]>(
        ".heat td",
        "[one.className, getComputedStyle(one).backgroundColor]",
      );
      const [runs, lost] = ["runs", "lost"].map((kind) => colours.find(([name]) => name === kind)?.[1]);
      assert.ok(runs !== undefined && lost !== undefined && runs !== lost, `${runs} and ${lost}`);
    }
  });

  it("fits a telephone: what is wider scrolls by itself, and every word of it stays legible", async () => {
    await opened(390);
    const across = await told<number>("document.documentElement.scrollWidth");
    assert.ok(across <= 390, String(across));
    const heights = await each<number>("svg text", "one.getBoundingClientRect().height");
    assert.ok(Math.min(...heights) >= 10, String(Math.min(...heights)));
  });

  it("prints, and nothing of it is cut off at the side", async () => {
    await opened(1200);
    await page.emulateMediaType("print");
    await page.setViewport({ width: 1040, height: 800 });
    const wide = await each<number>(".wide > *", "one.getBoundingClientRect().right");
    assert.ok(Math.max(...wide) <= 1040, String(Math.max(...wide)));
    assert.ok((await page.pdf({ format: "A4", landscape: true })).length > 10_000);
  });
});
