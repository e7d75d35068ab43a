import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { type Browser, type Page } from "puppeteer-core";

import { REPOSITORY } from "../../tools/lab-site/places";

/** What a person holds in their hands on the day: a telephone, or paper. */
describe("the page of a site's runbook, in Chromium", function () {
  this.timeout(120_000);
  let folder: string;
  let browser: Browser;
  let page: Page;
  let asked: string[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "page-"));
    const args = ["--import=tsx", "commands/main.ts", "runbook", "--stack", "three-node", "--out", folder];
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
    asked = [];
    page.on("console", (message) => asked.push(message.text()));
    page.on("request", (request) => {
      if (!/^(?:file|data):/.test(request.url())) asked.push(request.url());
    });
    await page.setViewport({ width, height: 800 });
    await page.goto(pathToFileURL(join(folder, "runbook.html")).href);
  };

  const told = async <T>(script: string): Promise<T> => (await page.evaluate(script)) as T;

  it("opens from a disk and asks nobody for anything; each line of the first page leads to its page", async () => {
    await opened(1200);
    const [links, found] = await told<[number, number]>(
      `(() => { const links = [...document.querySelectorAll("section.first a")]; return [links.length, links.filter((one) => document.getElementById(one.getAttribute("href").slice(1))).length]; })()`,
    );
    assert.ok(links > 15);
    assert.equal(found, links);
    assert.deepEqual(asked, []);
  });

  it("fits a telephone: nothing is wider than it, and no command is cut off", async () => {
    await opened(390);
    assert.ok((await told<number>("document.documentElement.scrollWidth")) <= 390);
    const cut = await told<number>(
      `[...document.querySelectorAll("pre")].filter((one) => one.scrollWidth > one.clientWidth).length`,
    );
    assert.equal(cut, 0);
  });

  it("prints on A4, every disaster from the top of a sheet, and no word smaller than can be read by a torch", async () => {
    await opened(720);
    await page.emulateMediaType("print");
    const breaks = await told<string[]>(
      `[...document.querySelectorAll(".runbook > section:not(.first)")].map((one) => getComputedStyle(one).breakBefore)`,
    );
    assert.deepEqual([...new Set(breaks)], ["page"]);
    const sizes = await told<number[]>(
      `[...document.querySelectorAll(".runbook li, .runbook td, .runbook pre")].map((one) => parseFloat(getComputedStyle(one).fontSize))`,
    );
    assert.ok(Math.min(...sizes) >= 11, String(Math.min(...sizes)));
    assert.ok((await told<number>("document.documentElement.scrollWidth")) <= 720);
    assert.ok((await page.pdf({ format: "A4" })).length > 50_000);
  });
});
