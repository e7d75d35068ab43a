"use strict";

/* One command and one text on a node, as the test's environment says. */

const { remote } = require("@pulumi/command");
const pulumi = require("@pulumi/pulumi");

const settings = JSON.parse(process.env.COMMAND_TEST);
const connection = pulumi.secret({ ...settings.connection, dialErrorLimit: 1 });
const command = new remote.Command("trace", {
  connection,
  logging: "none",
  addPreviousOutputInEnv: false,
  ...settings.command,
});
if (settings.copied) {
  const source = new pulumi.asset.StringAsset(settings.copied);
  new remote.CopyToRemote("copied", { connection, source, remotePath: "/tmp/copied" });
}
exports.stdout = command.stdout;
