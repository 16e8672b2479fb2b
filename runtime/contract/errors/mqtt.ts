import type { ErrorTable } from "./table.ts";

/** The embedded broker, its clients, and the broker elsewhere. */
export const mqttErrors = {
  E_MQTT_LISTEN: {
    what: "The broker cannot listen on its port",
    why: "The operating system refused the address",
    fix: "Free the port, or set mqtt.port in steppps.yaml",
  },
  E_MQTT_PORT_TAKEN: {
    what: "The broker moved to another port",
    why: "Something else listens on the one it was given",
    fix: "Use the port shown, or stop the other program (often a mosquitto that was installed with its client tools)",
  },
  E_MQTT_PACKET: {
    what: "A client sent something that is not MQTT 3.1.1 and was disconnected",
    why: "The standard asks a broker to close the connection on a malformed packet",
    fix: "Check that the client speaks MQTT 3.1.1 to this port",
  },
  E_MQTT_PACKET_SIZE: {
    what: "A client sent a packet larger than this broker takes and was disconnected",
    why: "Every packet has a bound, so that memory does",
    fix: "Send less in one message, or put the data in a file and send its address",
  },
  E_MQTT_REFUSED: {
    what: "A client published where it may not and was disconnected",
    why: "Topics that begin with '$' and the device's own answers below steppps/ belong to the device; a user may publish what mqtt.users names",
    fix: "Publish to another topic, or add a filter to the user's publish list in steppps.yaml; commands need operator: true",
  },
  E_MQTT_SLOW_CLIENT: {
    what: "A client was disconnected because it does not read what it subscribed to",
    why: "Messages of QoS 1 and 2 are not dropped, and memory for them is bounded",
    fix: "Make the client faster, subscribe to less, or connect with clean=false so that the journal holds its messages",
  },
  E_MQTT_QUEUE_FULL: {
    what: "Messages for a client that is away were dropped",
    why: "A session's queue has a bound in messages and in bytes",
    fix: "Connect the client more often, or end its session by connecting once with clean=true",
  },
  E_MQTT_RETAINED_FULL: {
    what: "A retained message was not kept",
    why: "There is a bound on retained topics and on their bytes",
    fix: "Clear topics that are no longer needed by publishing empty retained messages to them",
  },
  E_MQTT_SESSIONS_FULL: {
    what: "A client's session was not kept",
    why: "There is a bound on sessions and on the subscriptions of each",
    fix: "End sessions that are no longer needed by connecting with their client id and clean=true",
  },
  E_MQTT_UNFINISHED: {
    what: "A client was disconnected in the middle of a large packet",
    why: "What unfinished packets of all clients may take is bounded, and this client held much of it for long",
    fix: "Send less in one message, or less slowly",
  },
  E_MQTT_NO_USERS: {
    what: "The broker does not listen beyond this machine",
    why: "mqtt.listen or mqtt.tls ask for it, but there is nobody who could log in, and nobody comes in without",
    fix: "Add a user with a password below mqtt.users in steppps.yaml, or mqtt.tls.clientCa with a user for each certificate",
  },
  E_MQTT_ANONYMOUS: {
    what: "A client without a user name was refused",
    why: "Only programs on this machine may connect without one, and not over TLS",
    fix: "Give the client a user name and password that are in mqtt.users of steppps.yaml",
  },
  E_MQTT_LOGIN: {
    what: "A client was refused: wrong user name or password",
    why: "There is no such user below mqtt.users in steppps.yaml, or its password is another one",
    fix: "Correct the client's settings, or set the user's password with what 'steppps password' prints",
  },
  E_MQTT_LOGIN_OFTEN: {
    what: "A client was refused without a look at its password",
    why: "Its address was wrong again and again, or more clients log in at once than the device can check",
    fix: "Stop the client that has the wrong password; others come in by themselves when they try again",
  },
  E_MQTT_CERTIFICATE: {
    what: "A client was refused because of its certificate",
    why: "It was not issued by the authority in mqtt.tls.clientCa, has expired, or its common name is no user below mqtt.users",
    fix: "Issue a certificate whose common name is the user's name, and check the device's clock",
  },
  E_MQTT_CLIENT_ID: {
    what: "A client was refused because of its client id",
    why: "A client id has no control characters and at most 512 bytes here",
    fix: "Give the client a shorter or plainer client id",
  },
  E_MQTT_TLS: {
    what: "The broker's TLS port could not be opened",
    why: "Its certificate, its key or mqtt.tls.clientCa cannot be used",
    fix: "Check the files that mqtt.tls in steppps.yaml names",
  },
  E_MQTT_HANDSHAKE: {
    what: "A client did not get through the TLS handshake",
    why: "It speaks something older than TLS 1.3, no TLS at all, or does not trust the device's certificate",
    fix: "Let the client speak TLS 1.3 and trust what 'steppps certificate' prints",
  },
  E_MQTT_SESSION_EXPIRED: {
    what: "Sessions of clients that stayed away were ended",
    why: "A session, with its subscriptions and what waits in its queue, is kept for a week without its client",
    fix: "Nothing has to be done; a client that comes back subscribes anew",
  },
  E_MQTT_PASSWORD_PLAIN: {
    what: "A password stands in the device document as it is",
    why: "Whoever reads the file then knows it; in memory there is only its hash",
    fix: "Replace it with what 'steppps password' prints",
  },
  E_MQTT_CLIENT: {
    what: "A client's connection ended with an error",
    why: "The client broke the protocol, fell silent beyond its keep-alive, or its network failed",
    fix: "Look at the client's own log; it may simply connect again",
  },
  E_MQTT_CLOSED: {
    what: "The message was not sent because MQTT is closed",
    why: "The supervisor is stopping",
    fix: "Send it again after the next start; durable outputs are sent again by themselves",
  },
  E_MQTT_UPLINK: {
    what: "The external broker cannot be reached",
    why: "The connection was refused, lost or not accepted",
    fix: "Check mqtt.broker or uplink in steppps.yaml, the network and the broker; outputs wait meanwhile, and it is tried again by itself",
  },
  E_MQTT_UPLINK_REFUSED: {
    what: "The external broker refused a message",
    why: "Its access rules or quotas say so; sending it again would not help",
    fix: "Let the device's user publish to that topic at the broker, or publish elsewhere",
  },
  E_MQTT_UPLINK_LOGIN: {
    what: "The external broker refused this device's login",
    why: "User name, password or client certificate are not what it expects",
    fix: "Check username, password or passwordFile, and certificate in steppps.yaml; it is tried again by itself",
  },
  E_TLS_FILE: {
    what: "A file for TLS cannot be used",
    why: "It is missing, is not PEM, or key and certificate do not belong together",
    fix: "Check the files that ca, certificate, key and passwordFile in steppps.yaml name; they are below the data directory",
  },
  E_TLS_UNTRUSTED: {
    what: "The certificate of the other side was not issued by an authority that this device trusts",
    why: "Without ca in steppps.yaml the public authorities are trusted, with it only those in that file",
    fix: "Name the broker's own authority as ca, or its key as pin; if nothing changed at the broker, somebody may be in between",
  },
  E_TLS_EXPIRED: {
    what: "The certificate of the other side is not valid at this time",
    why: "It has expired or is not valid yet, or this device's clock is wrong",
    fix: "If the time shown is wrong, let the device get the time first (a board without a clock battery starts in the past); else renew the certificate",
  },
  E_TLS_NAME: {
    what: "The certificate of the other side is for another name",
    why: "The name or address in the URL has to be in the certificate",
    fix: "Write the name that is in the certificate into the URL, or have one issued with this name",
  },
  E_TLS_PIN: {
    what: "The other side has another public key than the one that is pinned",
    why: "The key that pin in steppps.yaml names is the only one accepted; nothing was sent",
    fix: "If the broker's key was changed on purpose, set pin to the new one; if not, somebody may be in between",
  },
  E_TLS_PROTOCOL: {
    what: "The other side does not speak TLS as this device does",
    why: "TLS 1.3 is needed, and with postQuantum: required also X25519MLKEM768",
    fix: "Check the port, update the broker, or set postQuantum: preferred",
  },
  E_TLS_CLIENT: {
    what: "The other side did not accept this device's certificate",
    why: "It wants one and got none, or does not trust who issued it",
    fix: "Name a certificate that the broker's authority has issued as certificate in steppps.yaml",
  },
  E_MQTT_SPILL_FULL: {
    what: "Messages that waited for the external broker were dropped",
    why: "The spill has a bound; the oldest of the lowest priority go first",
    fix: "Restore the connection to the broker; raise the priority of topics that matter",
  },
} as const satisfies ErrorTable;
