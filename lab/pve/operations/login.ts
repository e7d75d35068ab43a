import { secretDigest, splitAuthId } from "../access";
import { type Call, type Operation } from "../operation";
import { CHANGE_PASSWORD, LOGIN } from "../parameters/access";
import { impossible, invalid, Refusal } from "../refusal";
import { login } from "../session";

/** Tickets and passwords. */
export const LOGINS: readonly Operation[] = [
  { name: "POST /access/ticket", parameters: LOGIN, permissions: { user: "world" }, handle: createTicket },
  {
    name: "PUT /access/password",
    parameters: CHANGE_PASSWORD,
    permissions: {
      check: [
        "or",
        ["userid-param", "self"],
        ["and", ["userid-param", "Realm.AllocateUser"], ["userid-group", ["User.Modify"]]],
      ],
    },
    handle: changePassword,
  },
];

function createTicket(call: Call): object {
  const realm = call.text("realm");
  const username = realm === undefined ? call.required("username") : `${call.required("username")}@${realm}`;
  if (!username.includes("@")) throw invalid({ username: `value '${username}' does not look like a valid user name` });
  const { ticket, csrf } = login(username, call.required("password"), call.node.loginBook());
  const clustername = call.cluster.name;
  return { ticket, CSRFPreventionToken: csrf, username, ...(clustername !== undefined && { clustername }) };
}

function changePassword(call: Call): void {
  const { user, token } = splitAuthId(call.authId);
  if (token !== undefined) throw new Refusal(403, "API tokens can't change passwords!");
  const userid = call.required("userid");
  if (user === userid && user !== "root@pam" && call.text("confirmation-password") === undefined) {
    throw invalid({ "confirmation-password": "This parameter is required to change your own password." });
  }
  call.cluster.access.change(({ users }) => {
    const found = users[userid];
    if (found === undefined) throw impossible(`no such user ('${userid}')`);
    found.passwordDigest = secretDigest(call.required("password"));
  });
}
