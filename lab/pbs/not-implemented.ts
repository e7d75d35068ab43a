/** Rest of the official API by path, verbs first. The lab says of these that it has none, and never answers them emptily. */
const ELSEWHERE = `
GET /
GET /access
GET /access/domains
POST /access/domains/{realm}/sync
GET /access/openid
POST /access/openid/auth-url
POST /access/openid/login
GET /access/tfa
GET POST /access/tfa/{userid}
DELETE GET PUT /access/tfa/{userid}/{id}
PUT /access/users/{userid}/unlock-tfa
POST /access/vncticket
GET /admin
GET /admin/datastore/{store}
GET /admin/datastore/{store}/active-operations
GET /admin/datastore/{store}/catalog
GET /admin/datastore/{store}/download
GET /admin/datastore/{store}/download-decoded
POST /admin/datastore/{store}/mount
POST /admin/datastore/{store}/move-group
POST /admin/datastore/{store}/move-namespace
GET /admin/datastore/{store}/pxar-file-download
GET /admin/datastore/{store}/rrd
POST /admin/datastore/{store}/unmount
POST /admin/datastore/{store}/upload-backup-log
GET /admin/gc
GET /admin/gc/{store}
GET /admin/metrics
GET /admin/prune/{id}
GET /admin/s3/{s3-endpoint-id}
PUT /admin/s3/{s3-endpoint-id}/reset-counters
GET /admin/sync/{id}
GET /admin/traffic-control
GET /admin/verify/{id}
GET /backup
GET /backup/_upgrade_
POST /backup/_upgrade_/blob
POST /backup/_upgrade_/dynamic_chunk
POST /backup/_upgrade_/dynamic_close
POST PUT /backup/_upgrade_/dynamic_index
POST /backup/_upgrade_/finish
POST /backup/_upgrade_/fixed_chunk
POST /backup/_upgrade_/fixed_close
POST PUT /backup/_upgrade_/fixed_index
GET /backup/_upgrade_/previous
GET /backup/_upgrade_/previous_backup_time
POST /backup/_upgrade_/speedtest
GET /config
GET /config/access
GET POST /config/access/ad
DELETE GET PUT /config/access/ad/{realm}
GET POST /config/access/ldap
DELETE GET PUT /config/access/ldap/{realm}
GET POST /config/access/openid
DELETE GET PUT /config/access/openid/{realm}
GET PUT /config/access/pam
GET PUT /config/access/pbs
GET /config/access/tfa
GET PUT /config/access/tfa/webauthn
GET /config/acme
GET POST /config/acme/account
DELETE GET PUT /config/acme/account/{name}
GET /config/acme/challenge-schema
GET /config/acme/directories
GET POST /config/acme/plugins
DELETE GET PUT /config/acme/plugins/{id}
GET /config/acme/tos
GET POST /config/changer
DELETE GET PUT /config/changer/{name}
GET POST /config/drive
DELETE GET PUT /config/drive/{name}
GET POST /config/encryption-keys
DELETE POST /config/encryption-keys/{id}
GET POST /config/media-pool
DELETE GET PUT /config/media-pool/{name}
GET /config/metrics
GET POST /config/metrics/influxdb-http
DELETE GET PUT /config/metrics/influxdb-http/{name}
GET POST /config/metrics/influxdb-udp
DELETE GET PUT /config/metrics/influxdb-udp/{name}
GET /config/notifications
GET /config/notifications/endpoints
GET POST /config/notifications/endpoints/sendmail
DELETE GET PUT /config/notifications/endpoints/sendmail/{name}
GET POST /config/notifications/endpoints/smtp
DELETE GET PUT /config/notifications/endpoints/smtp/{name}
GET /config/notifications/matcher-field-values
GET /config/notifications/matcher-fields
GET /config/notifications/targets/{name}
GET /config/remote/{name}/scan/{store}
GET POST /config/tape-backup-job
DELETE GET PUT /config/tape-backup-job/{id}
GET POST /config/tape-encryption-keys
DELETE GET PUT /config/tape-encryption-keys/{fingerprint}
GET POST /config/traffic-control
DELETE GET PUT /config/traffic-control/{name}
GET /nodes
GET /nodes/{node}
GET /nodes/{node}/apt
GET /nodes/{node}/apt/changelog
GET POST PUT /nodes/{node}/apt/repositories
GET POST /nodes/{node}/apt/update
GET /nodes/{node}/apt/versions
GET /nodes/{node}/certificates
GET /nodes/{node}/certificates/acme
POST PUT /nodes/{node}/certificates/acme/certificate
DELETE POST /nodes/{node}/certificates/custom
GET PUT /nodes/{node}/config
GET /nodes/{node}/disks
GET POST /nodes/{node}/disks/directory
DELETE /nodes/{node}/disks/directory/{name}
POST /nodes/{node}/disks/initgpt
GET /nodes/{node}/disks/list
GET /nodes/{node}/disks/smart
PUT /nodes/{node}/disks/wipedisk
GET POST /nodes/{node}/disks/zfs
GET /nodes/{node}/disks/zfs/{name}
GET PUT /nodes/{node}/dns
GET /nodes/{node}/identity
GET /nodes/{node}/journal
DELETE GET POST PUT /nodes/{node}/network
DELETE GET PUT /nodes/{node}/network/{iface}
GET /nodes/{node}/report
GET /nodes/{node}/rrd
GET /nodes/{node}/services
GET /nodes/{node}/services/{service}
POST /nodes/{node}/services/{service}/reload
POST /nodes/{node}/services/{service}/restart
POST /nodes/{node}/services/{service}/start
GET /nodes/{node}/services/{service}/state
POST /nodes/{node}/services/{service}/stop
GET POST /nodes/{node}/status
DELETE GET POST PUT /nodes/{node}/subscription
GET /nodes/{node}/syslog
GET /nodes/{node}/tasks/{upid}
POST /nodes/{node}/termproxy
PUT /nodes/{node}/time
GET /nodes/{node}/vncwebsocket
POST /pull
POST /push
GET /reader
GET /reader/_upgrade_
GET /reader/_upgrade_/chunk
GET /reader/_upgrade_/download
GET /reader/_upgrade_/speedtest
GET /status
GET /status/metrics
GET /tape
GET POST /tape/backup
POST /tape/backup/{id}
GET /tape/changer
GET /tape/changer/{name}
GET /tape/changer/{name}/status
POST /tape/changer/{name}/transfer
GET /tape/drive
GET /tape/drive/{drive}
POST /tape/drive/{drive}/barcode-label-media
GET /tape/drive/{drive}/cartridge-memory
POST /tape/drive/{drive}/catalog
PUT /tape/drive/{drive}/clean
POST /tape/drive/{drive}/eject-media
PUT /tape/drive/{drive}/export-media
POST /tape/drive/{drive}/format-media
GET PUT /tape/drive/{drive}/inventory
POST /tape/drive/{drive}/label-media
POST /tape/drive/{drive}/load-media
POST /tape/drive/{drive}/load-slot
GET /tape/drive/{drive}/read-label
POST /tape/drive/{drive}/restore-key
POST /tape/drive/{drive}/rewind
GET /tape/drive/{drive}/status
POST /tape/drive/{drive}/unload
GET /tape/drive/{drive}/volume-statistics
GET /tape/media
GET /tape/media/content
GET /tape/media/destroy
GET /tape/media/list
GET /tape/media/list/{uuid}
GET POST /tape/media/list/{uuid}/status
GET /tape/media/media-sets
POST /tape/media/move
POST /tape/restore
GET /tape/scan-changers
GET /tape/scan-drives
`;

/** Operations that a real server has and the lab has not: `POST /config/sync`. */
export const NOT_IMPLEMENTED: readonly string[] = ELSEWHERE.trim()
  .split("\n")
  .flatMap((line) => {
    const words = line.split(" ");
    const path = words.pop() ?? "";
    return words.map((verb) => `${verb} ${path}`);
  });
