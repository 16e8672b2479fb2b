/** `steppps.yaml` as a device has it at first: every option in comments. */
export const FIRST_DOCUMENT = `# What this device is and does. Save the file: what can come into force at once does; for the rest, which
# an event names, start the supervisor again. A mistake changes nothing, and an event says on which line it is.
# Every line may be left out.
name: edge
# timezone: Europe/Berlin        # for plugins that run at certain times; UTC where absent
# owners:                        # public keys whose plugins run here, as 'steppps keys show' prints them
#   - steppps-key:...
# mqtt:
#   port: 1883
#   listen: all                  # also for other machines; each needs a user then
#   tls: { port: 8883 }
#   users:
#     hall-sensor:
#       password: ...            # what 'steppps password' prints
#       publish: [sensors/hall/#]
#   broker: mqtt://192.168.1.10  # use this broker in place of the one built in
# uplink:                        # a broker elsewhere, beside the one built in
#   url: mqtts://example.org
#   rules:
#     - { direction: out, filter: alerts/#, qos: 1, priority: 5 }
# discovery:
#   homeAssistant: true
# web:
#   port: 8080
#   listen: all                  # also for other machines, with a login
#   password: ...
# deploys:
#   gateSeconds: 60              # how long a new version is watched
# retention:
#   events: 5000
#   journalMegabytes: 256
# storage:
#   dailyWriteMegabytes: 2000    # for cards that wear out: commits wait for each other when it is used up too fast
# network:                       # of a device with an image of its own; every cable gets its address by DHCP where absent
#   interfaces:
#     eth0:
#       addresses: [192.168.1.20/24]
#       gateway: 192.168.1.1
#   dns: [192.168.1.1]
#   ntp: [pool.ntp.org]          # an empty list: no time servers
# updates:                       # of the image
#   window: 02:00-05:00          # when the device may restart for one
# install: {}                    # of a PC that was started from USB: says which disks it can be installed to
# ssh: { enabled: false }        # the base profile has no server for it
# inference:                     # messages that go through a model, with no plugin
#   - from: sensors/+/vibration
#     model: wear
#     to: wear/{1}
# plugins:
#   motion-light:
#     config:
#       sensor: hall_motion
`;
