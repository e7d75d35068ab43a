import { strict as assert } from "node:assert";

import fc from "fast-check";

import { ALERT_FORMS, ALERT_TEMPLATES, rendered } from "../../../estate/units/alert-form";

const about = {
  title: "home: 1 to look at",
  message: 'pool "tanka1": DEGRADED\nC:\\',
  severity: "warning",
  timestamp: 7,
};

describe("a message in a receiver's form", () => {
  it("is what that receiver reads", () => {
    const all = Object.fromEntries(ALERT_FORMS.map((form) => [form, rendered(form, about)]));
    const whole = `${about.title}\n${about.message}`;
    assert.deepEqual([all["text"], all["ntfy"]], [whole, whole]);
    assert.deepEqual(JSON.parse(all["json"]!), about);
    assert.deepEqual(JSON.parse(all["gotify"]!), { title: about.title, message: about.message, priority: 8 });
    assert.deepEqual(JSON.parse(all["slack"]!), { text: `*${about.title}*\n${about.message}` });
    assert.deepEqual(JSON.parse(all["discord"]!), { content: whole });
    assert.deepEqual(JSON.parse(all["matrix"]!), { text: whole });
  });

  it("is never broken by what it says, nor longer than a receiver takes that refuses long ones", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ maxLength: 5_000 }), (title, message) => {
        for (const form of ALERT_FORMS) {
          const body = rendered(form, { ...about, title, message });
          if ("Content-Type" in ALERT_TEMPLATES[form].headers) assert.equal(typeof JSON.parse(body), "object");
        }
        const { content } = JSON.parse(rendered("discord", { ...about, title, message })) as { content: string };
        assert.ok(content.length <= 2_000);
      }),
    );
  });
});
