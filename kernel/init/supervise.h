#pragma once

// Keeps the supervisor running and the machine with it; never returns.
//
//   it ends with 0 or anything else   started again, after 0, 1, 2, 4 … 60 s
//   64, 65, 66                        restart, power off, factory reset and restart
//   no heartbeat (fd 3) for 30 s      killed and started again; 120 s are allowed until the first
//   6 failures in a row               restart of the machine: an unproven slot is given up by its boot loader's count of tries,
//                                     one that was good before by starts.h
__attribute__((noreturn)) void supervise(void);
