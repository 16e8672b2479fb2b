import type { ErrorTable } from "./table.ts";

/** A machine that is a device as a whole: its image, its network, its clock. */
export const deviceErrors = {
  E_DEVICE_BOARD: {
    what: "The image does not say what it is made for",
    why: "/usr/lib/steppps/board.json is missing or damaged; the device runs, but takes no image updates",
    fix: "Flash the card again; check its SHA-256 first",
  },
  E_DEVICE_DATA: {
    what: "The data partition could not be mounted",
    why: "What the device keeps is in memory now, and gone at its next start",
    fix: "Start it again; if that does not help, the card is worn out or damaged: flash another one",
  },
  E_DEVICE_SLOT: {
    what: "The image that was at work no longer starts, and the one before it is at work",
    why: "Several starts in a row came to nothing, or its supervisor failed again and again; the other slot was whole",
    fix: "Look at the log in 'steppps update status'; deploy a version that works, or a new card when the log speaks of read errors",
  },
  E_DEVICE_BOOT_FILES: {
    what: "A file that the device starts from is damaged on the boot partition",
    why: "It is not what was written there, and the other slot doesn't have the same one; the next start of that slot may fail",
    fix: "Deploy a version, which writes the slot that is not at work anew and goes there; take a new card if it happens again",
  },
  E_DEVICE_HOSTED: {
    what: "This machine is not the device's to end",
    why: "Only a board that was started from one of our images belongs to the supervisor as a whole; elsewhere it is one program among others",
    fix: "Use the machine's own commands; a supervisor without its data starts as a new one",
  },
  E_DEVICE_SSH: {
    what: "There is no ssh server in this image",
    why: "The base profile has what runs plugins and nothing else",
    fix: "Take 'ssh' out of steppps.yaml; 'npx steppps' reaches the device over MQTT",
  },
  E_DEVICE_CUSTOMISATION: {
    what: "A customisation file on the card could not be read",
    why: "user-data and network-config are YAML, as Raspberry Pi Imager writes them for cloud-init; what can be read of them is used once",
    fix: "Correct the file, or write what you want into steppps.yaml, which counts more",
  },
  E_DEVICE_CUSTOMISATION_LEFT: {
    what: "Part of the card's customisation is not done",
    why: "Raspberry Pi Imager asks for what a Raspberry Pi OS has; this system has no logins and nothing to install",
    fix: "Nothing has to be done; steppps.yaml on the card has what was taken over",
  },
  E_INSTALL_BOARD: {
    what: "This device does not install itself to another disk",
    why: "Only a PC that was started by UEFI does; other boards start from the medium that the image was written to",
    fix: "Take 'install' out of steppps.yaml, and write an image to the other medium with 'npm run flash'",
  },
  E_INSTALL_CONFIRM: {
    what: "Which disk to install to is not confirmed",
    why: "Everything on that disk is lost, and names such as sda change from start to start: what the disk says about itself has to stand beside its name",
    fix: "Write 'install:' into steppps.yaml with disk and confirm as the detail has them for the disk that is meant",
  },
  E_INSTALL_TRIAL: {
    what: "A version on trial is not installed to another disk",
    why: "It has not passed its gate yet and may be taken back",
    fix: "Wait until 'steppps update status' says that the slot at work is good, then save steppps.yaml again",
  },
  E_INSTALL_LAYOUT: {
    what: "This system's own disk is not laid out as an image is",
    why: "Boot partition, both slots and the data partition are copied by their places in its partition table",
    fix: "Write the image to a stick anew and start from that",
  },
  E_NETWORK_WIFI: {
    what: "There are no Wi-Fi tools on this device",
    why: "wpa_supplicant and the firmware of Wi-Fi chips come with the layer 'wifi', which is not here or could not be mounted",
    fix: "Put the layer 'wifi' onto the device, by cable or from a stick, or take 'wifi' out of steppps.yaml",
  },
  E_NETWORK_WIFI_HARDWARE: {
    what: "There is no Wi-Fi interface",
    why: "The machine has no Wi-Fi chip, or this kernel has no driver or the layer 'wifi' no firmware for the one it has",
    fix: "Look for the chip's messages on the console with 'dmesg'; connect the device by cable, or take 'wifi' out of steppps.yaml",
  },
  E_NETWORK_WIFI_SETTINGS: {
    what: "A Wi-Fi network is left out",
    why: "Its name or password can't be one of the security that it is to have",
    fix: "Correct the network in steppps.yaml",
  },
  E_NETWORK_WIFI_PASSWORD: {
    what: "The Wi-Fi network did not take the password",
    why: "What the access point knows as its password is another one; further tries are made, later each time",
    fix: "Correct the password in steppps.yaml",
  },
  E_NETWORK_WIFI_REFUSED: {
    what: "The access point refused this device",
    why: "It may be full, admit known machines only, or ask for another kind of security",
    fix: "Look at the access point's list of machines and at its security; say which in steppps.yaml with 'security'",
  },
  E_NETWORK_WIFI_ABSENT: {
    what: "No Wi-Fi network of the document is in reach",
    why: "None of those heard has such a name and security; channels that the country does not allow are not listened to",
    fix: "Check names, 'security' and 'country' in steppps.yaml; a network that does not say its name needs 'hidden: true'",
  },
  E_NETWORK_WIFI_PROGRAM: {
    what: "wpa_supplicant ended",
    why: "It could not use the interface, or failed; it is started again, later each time",
    fix: "Look at the detail; start the device again if it stays so",
  },
  E_NETWORK_COMMAND: {
    what: "The network could not be set up as the document says",
    why: "The kernel refused one of the steps",
    fix: "Check addresses and gateway in steppps.yaml: a gateway has to be in the network of one of the interface's addresses",
  },
  E_NETWORK_LEASE: {
    what: "The DHCP server's answer was not taken",
    why: "It holds something that is not an IPv4 address",
    fix: "Look at the DHCP server of this network, or give the interface a static address",
  },
  E_NETWORK_NO_INTERFACE: {
    what: "There is no such network interface",
    why: "steppps.yaml names one that the machine does not have",
    fix: "Check the name; the event 'network.changed' lists those that there are",
  },
  E_CLOCK_SET: {
    what: "The clock could not be set",
    why: "The kernel refused it",
    fix: "Nothing has to be done: expiry is judged by the newest signed time, and time servers are asked all the same",
  },
} as const satisfies ErrorTable;
