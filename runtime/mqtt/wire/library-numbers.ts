import mqtt from "mqtt-packet";

/**
 * Has the packet library of aedes and MQTT.js write numbers as they come. Otherwise it keeps each number of 16 bits as a Buffer from the
 * first packet on that it writes: 8 MB for good, made while the first client waits for its CONNACK.
 */
export function keepNoNumbers(): void {
  mqtt.writeToStream.cacheNumbers = false;
}
