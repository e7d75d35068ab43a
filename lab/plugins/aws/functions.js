// @ts-check
"use strict";

const ec2 = require("@aws-sdk/client-ec2");

/** @typedef {import("./api").Api} Api */

/** What a program may ask without declaring anything. @type {Record<string, (api: Api, args: any) => Promise<object>>} */
const FUNCTIONS = {
  "aws:ec2/getAmi:getAmi": async ({ machines }, { filters = [], mostRecent, owners }) => {
    const Filters = filters.map((/** @type {any} */ { name, values }) => ({ Name: name, Values: values }));
    const { Images = [] } = await machines.send(new ec2.DescribeImagesCommand({ Owners: owners, Filters }));
    const newest = Images.toSorted((a, b) => ((a.CreationDate ?? "") < (b.CreationDate ?? "") ? 1 : -1));
    if (Images.length === 0)
      throw new Error("Your query returned no results. Please change your search criteria and try again.");
    if (Images.length > 1 && mostRecent !== true) {
      throw new Error(
        "Your query returned more than one result. Please try a more specific search criteria, or set `most_recent` attribute to true.",
      );
    }
    const [{ Architecture, CreationDate, ImageId, Name, RootDeviceName } = /** @type {ec2.Image} */ ({})] = newest;
    const shown = {
      architecture: Architecture,
      creationDate: CreationDate,
      name: Name,
      rootDeviceName: RootDeviceName,
    };
    return { id: ImageId, imageId: ImageId, ...shown };
  },
};

module.exports = { FUNCTIONS };
