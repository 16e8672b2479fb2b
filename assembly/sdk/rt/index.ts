import "rt/tlsf";
import "steppps/rt/collector";
