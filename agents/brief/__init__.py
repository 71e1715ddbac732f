"""One page before a call: what there is to know, to ask and to ask for, each line with the words that it rests on."""
