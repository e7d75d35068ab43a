import { randomBytes } from "node:crypto";

import { formPairs } from "../core/body";
import { type Answerer, type HttpRequest, type HttpResponse, serveHttps } from "../core/http";
import { type Site } from "../core/site";
import { Refusal } from "../s3/refusal";
import { callerOf, type KeyHolder, serviceOf } from "../s3/signature";
import { Emulator } from "./emulator";
import { type Boots, Instances } from "./instances";

/** Port of the API; the real ones have 443 at an address for each service. */
const AWS_PORT = 5000;

/** What is passed on. Buckets that PBS uses are at the lab's own provider, `s3/`. */
const SERVICES = ["ec2", "iam", "budgets", "sts", "s3"] as const;

/**
 * Starts an account with AWS where the site's description has one. What is asked is answered by moto, an emulator that is not the lab's;
 * the lab stands before it, as before everything: its certificate, its log, its faults, and the signature of each request.
 * @param boots How machines of the site start that are machines of the account. @default - none do
 * @returns Starts those that run already; undefined without an account.
 */
export async function startAws(site: Site, boots?: Boots): Promise<(() => Promise<unknown>) | undefined> {
  const { aws } = site.description;
  if (aws === undefined) return undefined;
  const machine = site.machine("aws", aws.host);
  const owner = ownerOf(site);
  const emulator = await Emulator.start(site, machine.name);
  machine.runs(emulator);
  const instances = boots && new Instances(site, (form) => emulator.askAs("ec2", form), boots);
  machine.runs(
    await serveHttps(
      machine,
      AWS_PORT,
      answererOf(emulator, owner, () => void instances?.look()),
    ),
  );
  const { fingerprint } = await site.authority.certificateFor(machine.name, machine.address);
  site.sheet.aws({ address: machine.address, port: AWS_PORT, region: aws.region, fingerprint, owner });
  return instances?.look;
}

/** Key of the account's owner. */
interface OwnerKey {
  readonly accessKey: string;
  readonly secretKey: string;
}

function ownerOf(site: Site): OwnerKey {
  const accessKey = site.secret("aws access key", () => `AKIA${randomBytes(8).toString("hex").toUpperCase()}`);
  return { accessKey, secretKey: site.secret("aws secret key", () => randomBytes(20).toString("hex")) };
}

function answererOf(emulator: Emulator, { accessKey, secretKey }: OwnerKey, changed: () => void): Answerer {
  const holder: KeyHolder = { callerOf: (key) => (key === accessKey ? { secret: secretKey } : undefined) };
  return {
    operationOf: (request) => `${serviceOf(request) ?? "aws"} ${actionOf(request)}`,
    answer: async (request) => {
      const service = SERVICES.find((one) => one === serviceOf(request));
      try {
        if (service === undefined) throw new Refusal(501, "NotImplemented", "The lab's account has no such service.");
        await callerOf(holder, request, service);
      } catch (error) {
        if (error instanceof Refusal) return refused(error);
        throw error;
      }
      const changes = !isRead(request);
      const answer = await emulator.ask(request, changes);
      if (changes && service === "ec2") changed();
      return answer;
    },
  };
}

function isRead(request: HttpRequest): boolean {
  return /^(?:Describe|Get|List|GET |HEAD )/.test(actionOf(request));
}

/** What is asked for, in the words of each service's API: a form's field, a header, or a method. */
function actionOf(request: HttpRequest): string {
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) ?? target;
  if (serviceOf(request) === "s3") return `${request.verb} ${request.path}`;
  return formPairs(request.body.toString("utf8")).find(([name]) => name === "Action")?.[1] ?? request.verb;
}

function refused({ code, message, status }: Refusal): HttpResponse {
  const body = `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}
