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
    why: "Topics that begin with '$', and the device's own answers below steppps/, belong to the device",
    fix: "Publish to another topic; commands go to steppps/<device>/deploy and steppps/<device>/do/<verb>",
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
    fix: "Check mqtt.broker in steppps.yaml, the network and the broker; outputs wait meanwhile, and it is tried again by itself",
  },
  E_MQTT_UPLINK_REFUSED: {
    what: "The external broker refused a message",
    why: "Its access rules or quotas say so; sending it again would not help",
    fix: "Let the device's user publish to that topic at the broker, or publish elsewhere",
  },
  E_MQTT_SPILL_FULL: {
    what: "Messages that waited for the external broker were dropped",
    why: "The spill has a bound; the oldest of the lowest priority go first",
    fix: "Restore the connection to the broker; raise the priority of topics that matter",
  },
} as const satisfies ErrorTable;
