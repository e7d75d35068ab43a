import { randomBytes } from "node:crypto";

import { formPairs } from "../core/body";
import { type HttpRequest, type HttpResponse } from "../core/http";
import { type DeepReadonly } from "../core/state";
import { type Account, type Caller, type User } from "./account";
import { allows, type Policy } from "./policy";
import { accessDenied, Refusal } from "./refusal";
import { document, type Xml } from "./xml";

/** Number of the lab's one account. */
const ACCOUNT_NUMBER = "000000000240";
const NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";

interface Call {
  readonly account: Account;
  readonly text: (name: string) => string;
}

/** Actions of IAM, as far as a user with a key and a policy needs them. Source: IAM's API reference. */
const ACTIONS: Readonly<Record<string, (call: Call) => Xml>> = {
  CreateUser: ({ account, text }) => {
    const name = text("UserName");
    account.holdings.change(({ users }) => {
      if (users[name] !== undefined) throw exists(`User with name ${name} already exists.`);
      users[name] = { policies: {}, keys: {} };
    });
    return { User: userOf(name) };
  },
  GetUser: (call) => {
    existing(call);
    return { User: userOf(call.text("UserName")) };
  },
  DeleteUser: (call) => {
    const { keys, policies } = existing(call);
    if (Object.keys(keys).length + Object.keys(policies).length > 0) {
      throw new Refusal(409, "DeleteConflict", "Cannot delete entity, must delete its keys and policies first.");
    }
    return change(call, (users, name) => Reflect.deleteProperty(users, name));
  },
  PutUserPolicy: (call) => {
    existing(call);
    const policy = policyIn(call.text("PolicyDocument"));
    return change(call, (users, name) => {
      const user = users[name];
      if (user !== undefined) user.policies[call.text("PolicyName")] = policy;
    });
  },
  GetUserPolicy: (call) => {
    const [PolicyName, UserName] = [call.text("PolicyName"), call.text("UserName")];
    const policy = existing(call).policies[PolicyName];
    if (policy === undefined) throw missing(`The user policy with name ${PolicyName} cannot be found.`);
    return { UserName, PolicyName, PolicyDocument: encodeURIComponent(JSON.stringify(policy)) };
  },
  DeleteUserPolicy: (call) => {
    existing(call);
    return change(call, (users, name) => Reflect.deleteProperty(users[name]?.policies ?? {}, call.text("PolicyName")));
  },
  CreateAccessKey: (call) => {
    existing(call);
    const AccessKeyId = `LAB${randomBytes(8).toString("hex").toUpperCase()}`;
    const SecretAccessKey = randomBytes(20).toString("hex");
    change(call, (users, name) => {
      const user = users[name];
      if (user !== undefined) user.keys[AccessKeyId] = SecretAccessKey;
    });
    return { AccessKey: { UserName: call.text("UserName"), AccessKeyId, Status: "Active", SecretAccessKey } };
  },
  ListAccessKeys: (call) => {
    const UserName = call.text("UserName");
    const { keys, inactive = [] } = existing(call);
    const statusOf = (key: string) => (inactive.includes(key) ? "Inactive" : "Active");
    const member = Object.keys(keys).map((id) => ({ UserName, AccessKeyId: id, Status: statusOf(id) }));
    return { AccessKeyMetadata: { member }, IsTruncated: false };
  },
  UpdateAccessKey: (call) => {
    const [id, status] = [call.text("AccessKeyId"), call.text("Status")];
    if (existing(call).keys[id] === undefined) throw missing(`The Access Key with id ${id} cannot be found.`);
    call.account.switchKey(id, status !== "Inactive");
    return {};
  },
  DeleteAccessKey: (call) => {
    existing(call);
    return change(call, (users, name) => Reflect.deleteProperty(users[name]?.keys ?? {}, call.text("AccessKeyId")));
  },
};

/** Whether a request is one for IAM: its actions stand in a form that is sent to the account itself. */
export function isIam({ verb, path }: HttpRequest): boolean {
  return verb === "POST" && path === "/";
}

/** Name of the action of a request. */
export function iamAction({ body }: HttpRequest): string {
  return new Map(formPairs(body.toString("utf8"))).get("Action") ?? "";
}

/** Answers a request for IAM. */
export function iamAnswer(account: Account, caller: Caller, request: HttpRequest): HttpResponse {
  const form = new Map(formPairs(request.body.toString("utf8")));
  const action = iamAction(request);
  const run = ACTIONS[action];
  if (run === undefined) throw new Refusal(501, "NotImplemented", `The lab's IAM has no ${action}`);
  const user = form.get("UserName") ?? "";
  if (!allows(caller.policies, `iam:${action}`, `arn:aws:iam::${ACCOUNT_NUMBER}:user/${user}`)) throw accessDenied();
  const result = run({ account, text: (name) => form.get(name) ?? "" });
  const content = { [`${action}Result`]: result, ResponseMetadata: { RequestId: randomBytes(8).toString("hex") } };
  const body = document(`${action}Response`, content, NAMESPACE);
  return { status: 200, headers: { "content-type": "text/xml" }, body };
}

/** A refusal in IAM's form. */
export function iamRefusal({ status, code, message }: Refusal): HttpResponse {
  const body = document("ErrorResponse", { Error: { Type: "Sender", Code: code, Message: message } }, NAMESPACE);
  return { status, headers: { "content-type": "text/xml" }, body };
}

function userOf(name: string): Xml {
  return { Path: "/", UserName: name, UserId: name, Arn: `arn:aws:iam::${ACCOUNT_NUMBER}:user/${name}` };
}

function existing({ account, text }: Call): DeepReadonly<User> {
  const name = text("UserName");
  const user = account.holdings.value.users[name];
  if (user === undefined) throw missing(`The user with name ${name} cannot be found.`);
  return user;
}

function change({ account, text }: Call, edit: (users: Record<string, User>, name: string) => unknown): Xml {
  account.holdings.change(({ users }) => {
    edit(users, text("UserName"));
  });
  return {};
}

function policyIn(text: string): Policy {
  try {
    const { Statement } = JSON.parse(text) as Policy;
    if (Array.isArray(Statement) && Statement.length > 0) return { Statement };
  } catch {
    // What is no JSON is no policy either.
  }
  throw new Refusal(400, "MalformedPolicyDocument", "Syntax errors in policy.");
}

function exists(message: string): Refusal {
  return new Refusal(409, "EntityAlreadyExists", message);
}

function missing(message: string): Refusal {
  return new Refusal(404, "NoSuchEntity", message);
}
