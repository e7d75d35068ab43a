/** What an owner has of this project, in a checkout of their own. */
export const CHECKOUT = [
  "commands",
  "components",
  "dist",
  "estate",
  "planning",
  "policies",
  "provider",
  "stacks",
  "package.json",
  "Pulumi.yaml",
];
