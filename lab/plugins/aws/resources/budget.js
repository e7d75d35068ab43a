// @ts-check
"use strict";

const budgets = require("@aws-sdk/client-budgets");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** A sum above which somebody is told. @type {Record<string, Resource>} */
const BUDGETS = {
  "aws:budgets/budget:Budget": {
    inputs: [
      "accountId",
      "budgetType",
      "limitAmount",
      "limitUnit",
      "name",
      "namePrefix",
      "notifications",
      "tags",
      "timeUnit",
    ],
    required: ["budgetType", "timeUnit"],
    replacing: ["accountId", "name", "namePrefix"],
    secrets: [],
    create: async (api, inputs) => {
      const AccountId = inputs.accountId ?? (await api.account());
      await api.budgets.send(new budgets.CreateBudgetCommand({ AccountId, ...requestOf(inputs) }));
      return { id: `${AccountId}:${inputs.name}` };
    },
    // The real one changes it in place; moto has no request for that.
    update: async (api, inputs, { id }) => {
      const [AccountId = ""] = id.split(":");
      await api.budgets.send(new budgets.DeleteBudgetCommand({ AccountId, BudgetName: inputs.name }));
      await api.budgets.send(new budgets.CreateBudgetCommand({ AccountId, ...requestOf(inputs) }));
    },
    read: async (api, { id, name, limitAmount }) => {
      const [AccountId = ""] = id.split(":");
      const asked = { AccountId, BudgetName: name };
      const there = await api.found(api.budgets.send(new budgets.DescribeBudgetCommand(asked)));
      const budget = there?.Budget;
      if (!budget) return undefined;
      const told = await api.budgets.send(new budgets.DescribeNotificationsForBudgetCommand(asked));
      const amount = budget.BudgetLimit?.Amount;
      return {
        ...{ name: budget.BudgetName, budgetType: budget.BudgetType, timeUnit: budget.TimeUnit },
        ...{
          limitUnit: budget.BudgetLimit?.Unit,
          limitAmount: Number(amount) === Number(limitAmount) ? limitAmount : amount,
        },
        ...(told.Notifications?.length === 0 && { notifications: [] }),
      };
    },
    remove: async (api, { id, name }) => {
      const [AccountId = ""] = id.split(":");
      await api.budgets.send(new budgets.DeleteBudgetCommand({ AccountId, BudgetName: name }));
    },
  },
};

/** @param {any} inputs Declared. */
function requestOf({ budgetType, limitAmount, limitUnit, name, notifications = [], timeUnit }) {
  return {
    Budget: {
      ...{ BudgetName: name, BudgetType: budgetType, TimeUnit: timeUnit },
      BudgetLimit: { Amount: limitAmount, Unit: limitUnit },
    },
    NotificationsWithSubscribers: notifications.map((/** @type {any} */ one) => ({
      Notification: {
        ...{ NotificationType: one.notificationType, ComparisonOperator: one.comparisonOperator },
        ...{ Threshold: one.threshold, ThresholdType: one.thresholdType },
      },
      Subscribers: (one.subscriberEmailAddresses ?? []).map((/** @type {string} */ Address) => ({
        SubscriptionType: "EMAIL",
        Address,
      })),
    })),
  };
}

module.exports = { BUDGETS };
