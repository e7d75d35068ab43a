import { type Answerer, type HttpRequest, type HttpResponse, serveHttps } from "../core/http";
import { type Site } from "../core/site";
import { Account, OWNER } from "./account";
import { bucketAnswer, listBuckets } from "./bucket-api";
import { xml } from "./call";
import { iamAction, iamAnswer, iamRefusal, isIam } from "./iam-api";
import { objectAnswer } from "./object-api";
import { type Policy } from "./policy";
import { Refusal } from "./refusal";
import { callerOf } from "./signature";

/** Port of the API; the real ones have 443. */
const S3_PORT = 9000;

/** Starts the S3 provider of a site whose description has one: path-style requests, signed with version 4. */
export async function startS3(site: Site): Promise<void> {
  const { s3 } = site.description;
  if (s3 === undefined) return;
  const machine = site.machine("s3", s3.host);
  const account = new Account(site, s3.region);
  machine.runs(await serveHttps(machine, S3_PORT, answererOf(account)));
  const { fingerprint } = await site.authority.certificateFor(machine.name, machine.address);
  site.sheet.s3({
    ...{ address: machine.address, port: S3_PORT, region: s3.region, fingerprint },
    owner: account.keyOf(OWNER),
  });
  site.control.register("s3-bucket", ({ name, objectLock }) => {
    const bucket = account.bucket(String(name)) ?? account.createBucket(String(name), objectLock === true);
    bucket.settings.change((draft) => (draft.versioning = "Enabled"));
  });
  site.control.register("s3-user", ({ name, policy }) => account.setUser(String(name), policy as Policy));
  site.control.register("switch-s3-key", ({ accessKey, on }) => {
    if (!account.switchKey(String(accessKey), on === true)) throw new Error(`nobody has the key ${String(accessKey)}`);
  });
}

function answererOf(account: Account): Answerer {
  return {
    operationOf: (request) => operationOf(request),
    answer: async (request) => {
      if (isIam(request)) return iamOf(account, request);
      try {
        const caller = await callerOf(account, request, "s3");
        const [bucket, key] = placeOf(request);
        const call = { account, caller, request, bucket, key };
        if (bucket === "") return listBuckets(call);
        return key === "" ? bucketAnswer(call) : objectAnswer(call);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return xml("Error", { Code: error.code, Message: error.message, Resource: request.path }, error.status);
      }
    },
  };
}

async function iamOf(account: Account, request: HttpRequest): Promise<HttpResponse> {
  try {
    return iamAnswer(account, await callerOf(account, request, "iam"), request);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return iamRefusal(error);
  }
}

function placeOf({ path }: HttpRequest): readonly [bucket: string, key: string] {
  const [, bucket = "", ...rest] = path.split("/");
  return [decodeURIComponent(bucket), rest.map(decodeURIComponent).join("/")];
}

/** Words of S3's own for what PBS does, by which faults and the log go. */
function operationOf(request: HttpRequest): string {
  if (isIam(request)) return `iam ${iamAction(request)}`;
  const [bucket, key] = placeOf(request);
  const { verb, query } = request;
  const sub = ["versioning", "lifecycle", "object-lock", "publicAccessBlock", "location", "versions", "delete"];
  const asked = sub.find((name) => query.has(name));
  const place = bucket === "" ? "/" : key === "" ? "/{bucket}" : "/{bucket}/{key}";
  return `${verb} ${place}${asked === undefined ? "" : `?${asked}`}`;
}
