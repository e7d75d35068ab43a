/**
 * Shell lines after an installation of the backup server. The package brings a package source for subscribers, which stops every
 * later update of a machine without a subscription. Whoever enabled it is left alone.
 */
export const NO_ENTERPRISE = `enterprise=/etc/apt/sources.list.d/pbs-enterprise.sources
if [ -e "$enterprise" ] && ! grep -q '^Enabled:' "$enterprise"; then
  sed -i '1,/^Types:/ s/^Types:/Enabled: false\\nTypes:/' "$enterprise"
fi`;
