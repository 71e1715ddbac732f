"""After a call: what was said, agreed, objected to and promised, each with the words it rests on."""
