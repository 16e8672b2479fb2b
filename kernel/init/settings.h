#pragma once

// Tells the kernel what it leaves open unless somebody asks: who may read whose memory, and what links in /tmp may lead to.
void apply_settings(void);
