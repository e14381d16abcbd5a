//! What the values of a column tell about the recorded system: `afterwake redact` goes by it.

/// One kind of content. Equal values of one content are equal things, in whichever table they stand.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// A quantity, an instant, or a number that means nothing outside the recording.
    Number,
    /// One of a closed set of words of our own; the function knows them.
    Word(fn(&str) -> bool),
    /// The name of a command or a thread.
    Command,
    /// The arguments of a program, its name first.
    Arguments,
    /// The path or the name of a file.
    Path,
    /// The path of a mapped file, or the name of a kernel module in brackets.
    MappedFile,
    /// The address of a socket.
    Address,
    /// The name of a function.
    Symbol,
    /// The build id of a program or a library.
    BuildId,
    /// A name that the kernel keeps: of a disk, an interface, an interrupt, a file system.
    Device,
    /// The name of a counter, which may begin with that of a device.
    Counter,
    /// The name of a system call.
    SystemCall,
    /// A sentence of the recorder about what it could not do.
    Remark,
    /// Text that anything may stand in.
    FreeText,
    /// A user id.
    User,
    /// A control group or a namespace, by its number.
    Container,
    /// A file or a socket, by its number.
    Inode,
    /// An address of code in memory, which tells where the kernel lies.
    CodeAddress,
    /// An offset; of code that lies in no file, its address in memory.
    Offset,
    /// An argument of a system call; what it is depends on the call.
    CallArgument,
    /// What a system call returned: an error, a number, or the user id that was set before.
    CallResult,
}
