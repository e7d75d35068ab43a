// @ts-check
"use strict";

const ec2 = require("@aws-sdk/client-ec2");

/** @typedef {import("../api").Api} Api */

/**
 * Tags as a request that makes something takes them.
 * @param {ec2.ResourceType} type What is made.
 * @param {Record<string, string> | undefined} tags As a program writes them.
 */
function tagged(type, tags) {
  if (!tags) return {};
  return { TagSpecifications: [{ ResourceType: type, Tags: sent(tags) }] };
}

/** @param {Record<string, string>} tags As a program writes them. */
function sent(tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** @param {readonly ec2.Tag[] | undefined} tags As EC2 has them. */
function read(tags = []) {
  const pairs = tags.map(({ Key = "", Value = "" }) => [Key, Value]);
  return pairs.length === 0 ? {} : { tags: Object.fromEntries(pairs) };
}

/**
 * Gives something other tags.
 * @param {Api} api The API.
 * @param {string} id What it is.
 * @param {any} inputs New.
 * @param {any} state Old.
 */
async function retag({ machines }, id, { tags = {} }, { tags: old = {} }) {
  const gone = Object.keys(old).filter((Key) => !(Key in tags));
  const Resources = [id];
  if (gone.length > 0)
    await machines.send(new ec2.DeleteTagsCommand({ Resources, Tags: gone.map((Key) => ({ Key })) }));
  if (Object.keys(tags).length > 0) await machines.send(new ec2.CreateTagsCommand({ Resources, Tags: sent(tags) }));
}

module.exports = { read, retag, tagged };
