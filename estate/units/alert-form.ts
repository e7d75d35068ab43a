/** Receivers of messages whose form is known; `text` is the title, then the message, as any other takes it. */
export const ALERT_FORMS = ["text", "json", "ntfy", "gotify", "slack", "discord", "matrix"] as const;

/** A receiver's form. */
export type AlertForm = (typeof ALERT_FORMS)[number];

/** What there is to say. */
export interface AlertMessage {
  /** One line. */
  readonly title: string;
  /** The text. */
  readonly message: string;
  /** `info`, `notice`, `warning`, `error` or `unknown`. */
  readonly severity: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** How a receiver is told, in the templates of Proxmox' notifications. */
export interface AlertTemplate {
  /** Headers, each with its value. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body, with `{{ title }}`, `{{ message }}`, `{{ severity }}`, `{{ timestamp }}`; `escape` makes them part of a JSON text. */
  readonly body: string;
}

const JSON_TYPE = { "Content-Type": "application/json" };

/**
 * Receivers that refuse a long message get the title alone, for an alarm that is refused is none: a log of a night is longer than
 * 4096 bytes (ntfy), 2000 letters (Discord) or 64 KiB (Matrix).
 * @see https://docs.ntfy.sh/publish/, https://gotify.net/api-docs, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
 * https://discord.com/developers/docs/resources/webhook, https://matrix-org.github.io/matrix-hookshot/latest/setup/webhooks.html
 */
export const ALERT_TEMPLATES: Readonly<Record<AlertForm, AlertTemplate>> = {
  text: { headers: {}, body: "{{ title }}\n{{ message }}" },
  json: {
    headers: JSON_TYPE,
    body:
      '{"title":"{{ escape title }}","message":"{{ escape message }}","severity":"{{ severity }}",' +
      '"timestamp":{{ timestamp }}}',
  },
  ntfy: { headers: { Priority: "high" }, body: "{{ title }}" },
  gotify: {
    headers: JSON_TYPE,
    body: '{"title":"{{ escape title }}","message":"{{ escape message }}","priority":8}',
  },
  slack: { headers: JSON_TYPE, body: '{"text":"*{{ escape title }}*\\n{{ escape message }}"}' },
  discord: { headers: JSON_TYPE, body: '{"content":"{{ escape title }}"}' },
  matrix: { headers: JSON_TYPE, body: '{"text":"{{ escape title }}"}' },
};

/** Letters that every receiver takes. */
const SHORTEST_LIMIT = 1_900;

/** A message in a receiver's form. Where the form has a title alone, the text is part of it as far as it fits. */
export function rendered(form: AlertForm, message: AlertMessage): string {
  const { body } = ALERT_TEMPLATES[form];
  const whole = `${message.title}\n${message.message}`;
  const title = body.includes("message }}") ? message.title : clipped(whole);
  const values: Readonly<Record<string, string>> = { ...message, title, timestamp: String(message.timestamp) };
  return body.replaceAll(/\{\{ (escape )?(\w+) \}\}/g, (_all, escape: string | undefined, name: string) => {
    const value = values[name] ?? "";
    return escape === undefined ? value : JSON.stringify(value).slice(1, -1);
  });
}

function clipped(text: string): string {
  return text.length <= SHORTEST_LIMIT ? text : `${text.slice(0, SHORTEST_LIMIT)}…`;
}
