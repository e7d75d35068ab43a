import { decimal, flag, integer, oneOf, optional, text, type Parameters } from "../../core/specification";

/** Options of the datacenter. */
export const CHANGE_OPTIONS: Parameters = {
  bwlimit: optional(
    text({
      format: {
        clone: optional(decimal({ minimum: 0 })),
        default: optional(decimal({ minimum: 0 })),
        migration: optional(decimal({ minimum: 0 })),
        move: optional(decimal({ minimum: 0 })),
        restore: optional(decimal({ minimum: 0 })),
      },
    }),
  ),
  "consent-text": optional(text({ maxLength: 65536 })),
  console: optional(oneOf("applet", "vv", "html5", "xtermjs")),
  crs: optional(
    text({
      format: {
        ha: optional(oneOf("basic", "static", "dynamic")),
        "ha-auto-rebalance": optional(flag()),
        "ha-auto-rebalance-hold-duration": optional(decimal({ minimum: 0, requires: "ha-auto-rebalance" })),
        "ha-auto-rebalance-margin": optional(decimal({ minimum: 0, maximum: 100, requires: "ha-auto-rebalance" })),
        "ha-auto-rebalance-method": optional(oneOf("bruteforce", "topsis")),
        "ha-auto-rebalance-threshold": optional(decimal({ minimum: 0, maximum: 100, requires: "ha-auto-rebalance" })),
        "ha-rebalance-on-start": optional(flag()),
      },
    }),
  ),
  delete: optional(text({ format: "pve-configid-list" })),
  description: optional(text({ maxLength: 65536 })),
  email_from: optional(text({ format: "email-opt" })),
  fencing: optional(oneOf("watchdog", "hardware", "both")),
  ha: optional(text({ format: { shutdown_policy: oneOf("freeze", "failover", "conditional", "migrate") } })),
  http_proxy: optional(text({ pattern: "http://.*" })),
  keyboard: optional(
    oneOf(
      "de",
      "de-ch",
      "da",
      "en-gb",
      "en-us",
      "es",
      "fi",
      "fr",
      "fr-be",
      "fr-ca",
      "fr-ch",
      "hu",
      "is",
      "it",
      "ja",
      "lt",
      "mk",
      "nl",
      "no",
      "pl",
      "pt",
      "pt-br",
      "sv",
      "sl",
      "tr",
    ),
  ),
  language: optional(
    oneOf(
      "ar",
      "ca",
      "da",
      "de",
      "en",
      "es",
      "eu",
      "fa",
      "fr",
      "hr",
      "he",
      "it",
      "ja",
      "ka",
      "kr",
      "nb",
      "nl",
      "nn",
      "pl",
      "pt_BR",
      "ru",
      "sl",
      "sv",
      "tr",
      "ukr",
      "zh_CN",
      "zh_TW",
    ),
  ),
  location: optional(
    text({
      format: {
        latitude: decimal({ minimum: -90, maximum: 90 }),
        longitude: decimal({ minimum: -180, maximum: 180 }),
        name: optional(text({ maxLength: 128 })),
      },
    }),
  ),
  mac_prefix: optional(text({ format: "mac-prefix" })),
  max_workers: optional(integer({ minimum: 1 })),
  migration: optional(
    text({ format: { network: optional(text({ format: "CIDR" })), type: oneOf("secure", "insecure") } }),
  ),
  migration_unsecure: optional(flag()),
  "next-id": optional(text({ format: { lower: optional(integer()), upper: optional(integer()) } })),
  notify: optional(
    text({
      format: {
        fencing: optional(oneOf("always", "never")),
        "package-updates": optional(oneOf("auto", "always", "never")),
        replication: optional(oneOf("always", "never")),
        "target-fencing": optional(text()),
        "target-package-updates": optional(text()),
        "target-replication": optional(text()),
      },
    }),
  ),
  "registered-tags": optional(
    text({ pattern: "(?:(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*);)*(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*)" }),
  ),
  replication: optional(
    text({ format: { network: optional(text({ format: "CIDR" })), type: oneOf("secure", "insecure") } }),
  ),
  "tag-style": optional(
    text({
      format: {
        "case-sensitive": optional(flag()),
        "color-map": optional(
          text({
            pattern:
              "(?:(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*):[0-9a-fA-F]{6}(?::[0-9a-fA-F]{6})?)(?:;(?:(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*):[0-9a-fA-F]{6}(?::[0-9a-fA-F]{6})?))*",
          }),
        ),
        ordering: optional(oneOf("config", "alphabetical")),
        shape: optional(oneOf("full", "circle", "dense", "none")),
      },
    }),
  ),
  u2f: optional(text({ format: { appid: optional(text()), origin: optional(text()) } })),
  "user-tag-access": optional(
    text({
      format: {
        "user-allow": optional(oneOf("none", "list", "existing", "free")),
        "user-allow-list": optional(
          text({ pattern: "(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*)(?:;(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*))*" }),
        ),
      },
    }),
  ),
  webauthn: optional(
    text({
      format: {
        "allow-subdomains": optional(flag()),
        id: optional(text()),
        origin: optional(text()),
        rp: optional(text()),
      },
    }),
  ),
};
