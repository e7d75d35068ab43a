import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { type Browser, type Page } from "puppeteer-core";

import { REPOSITORY } from "../../../tools/lab-site/places";

/** A page that a command of the project writes, opened from a disk in the browser that most people have. */
export class WrittenPage {
  /** What the page complained of, and whom it asked for something, since it was opened last. */
  complaints: string[] = [];
  #page: Page | undefined;

  private constructor(
    private readonly folder: string,
    private readonly file: string,
    private readonly browser: Browser,
  ) {}

  /** Has the command write the three-node site's page into a folder of its own, and starts the browser. */
  static async of(verb: string, file: string): Promise<WrittenPage> {
    const folder = mkdtempSync(join(tmpdir(), "page-"));
    const args = ["--import=tsx", "commands/main.ts", verb, "--stack", "three-node", "--out", folder];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const { default: chromium } = await import("@sparticuz/chromium");
    const { launch } = await import("puppeteer-core");
    const executablePath = await chromium.executablePath();
    const browser = await launch({ executablePath, headless: "shell", args: ["--no-sandbox"] });
    return new WrittenPage(folder, file, browser);
  }

  /** Opens it on a screen so wide. */
  async open(width: number): Promise<Page> {
    const page = await this.browser.newPage();
    this.#page = page;
    this.complaints = [];
    const complain = (text: string): number => this.complaints.push(text);
    page.on("console", (message) => complain(message.text()));
    page.on("pageerror", (error) => complain(String(error)));
    page.on("request", (request) => {
      if (!/^(?:file|data):/.test(request.url())) complain(request.url());
    });
    await page.setViewport({ width, height: 800 });
    await page.goto(pathToFileURL(join(this.folder, this.file)).href);
    return page;
  }

  /** What a script in the page says; it knows the page, and this file does not. */
  async told<T>(script: string): Promise<T> {
    assert.ok(this.#page !== undefined, "the page is not open");
    return (await this.#page.evaluate(script)) as T;
  }

  /** Closes the browser, and removes what was written. */
  async forget(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true });
  }
}
