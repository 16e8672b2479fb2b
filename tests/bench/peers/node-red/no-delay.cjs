// Node-RED's MQTT client and the aedes node never set TCP_NODELAY, and then wait for each other's delayed acknowledgements.
// Preloaded, this sets it on every socket of the process.
const net = require("node:net");

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  return connect.apply(this, args).setNoDelay(true);
};

const { emit } = net.Server.prototype;
net.Server.prototype.emit = function (event, ...args) {
  if (event === "connection") args[0].setNoDelay(true);
  return emit.call(this, event, ...args);
};
