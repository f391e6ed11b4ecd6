# ---
# jupyter:
#   xrlearn:
#     title:
#       en: Train a fracture detector
#       zh: 训练骨折识别模型
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # Train a fracture detector
#
# [中文](zh/train-a-fracture-detector.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 训练骨折识别模型
#
# [English](../train-a-fracture-detector.ipynb)

# %% [markdown] lang="en" tags=["notebook"]
# In the next half an hour you will train a small network to say whether a bone is broken, measure it, and find
# out how far to trust the figure. You need no programming: click into a grey cell, press **Shift + Enter**, and read
# on. If something takes too long, the **■** in the toolbar stops it, and nothing is lost.

# %% [markdown] lang="zh" tags=["notebook"]
# 在接下来的半小时里，您将训练一个小型网络来判断有无骨折，对它进行评估，并弄清结果有多可信。无需编程：点击灰色单
# 元格，按 **Shift + Enter** 运行，然后继续阅读。若某一步耗时过长，可点击工具栏中的 **■** 停止，已有结果不会丢失。

# %%
from IPython.display import display

import xrlearn as xr
from xrlearn.labs import lesson

lesson.begin()
cases = lesson.films("fracture")

# %% [markdown] lang="en" tags=["read"]
# ## What a film is to the machine
#
# You see bones. The machine is given a table of grey values and nothing else: no history, no side on which it hurts.
# Whatever it will find, it has to find in such numbers. A fracture line, to it, is a place where neighbouring numbers
# differ in an unusual way – as they do at the edge of a plate, or of a letter.

# %% [markdown] lang="zh" tags=["read"]
# ## 机器眼中的影像
#
# 您看到的是骨骼，机器得到的只是一张灰度数值表，没有病史，也不知道哪一侧疼痛。它能发现的一切都要从这些数值中得
# 来。对它来说，骨折线就是相邻数值出现异常差别的地方——钢板边缘或铅字边缘也是如此。

# %%
film = xr.read(cases.image[0])
display(lesson.numbers(film))

# %% [markdown] lang="en" tags=["read"]
# ## Three sets, divided by patient
#
# - From the **training** films the network learns; their answers are shown to it.
# - On the **validation** films you choose: how long to train, how large a network, which threshold.
# - On the **test** films you measure, once, when every choice is made.
#
# All films of one patient are in the same set. If one film of a patient were used for training and another for the
# test, the network could recognise the patient – the shape of the bones, a plate, the exposure – and would seem to
# recognise the fracture.

# %% [markdown] lang="zh" tags=["read"]
# ## 按患者划分的三个数据集
#
# - **训练集**：网络从中学习，能看到答案。
# - **验证集**：供您做选择，例如训练多久、网络多大、阈值取多少。
# - **测试集**：所有选择做完后用于评估，只用一次。
#
# 同一患者的全部影像归入同一个数据集。如果一张用于训练、另一张用于测试，网络可能认出的是患者（骨骼形态、钢板、曝
# 光条件），看上去却像是认出了骨折。

# %%
from xrlearn.data import describe

display(describe(cases))

# %% [markdown] lang="en"
# ## A learner in one line
#
# To finish within a minute we take a few hundred films, half of them with a fracture, and shrink them to 96 pixels.
# The network is not new-born: it has seen a million photographs (ImageNet) and knows edges and textures. It has never
# seen a radiograph.
#
# `xr.learner` returns a Learner of the fastai library. Everything that library can do works on it.

# %% [markdown] lang="zh"
# ## 一行代码得到学习器
#
# 为了在一分钟内完成，这里只取几百张影像，半数有骨折，并缩小到 96 像素。网络并非从零开始：它学过一百多万张照片
# （ImageNet），认得边缘和纹理，但从未见过 X 线片。
#
# `xr.learner` 返回 fastai 库的 Learner 对象，该库的全部功能都可使用。

# %%
few = lesson.balanced(cases, "fracture", {"train": 100, "valid": 50, "test": 50})
learn = xr.learner("fracture", few, size=96)

# %% [markdown] lang="en"
# ## Watch it learn
#
# Four times it goes through the training films. After each handful it is told how wrong it was (the *loss*), and moves
# its numbers a little so as to be less wrong. After each round it is shown the validation films, whose answers it does
# not get to see.
#
# Watch the two lines on the left. While both fall, it learns something that holds for other patients too. When the
# training loss goes on falling and the validation loss rises, it has begun to learn its films by heart.

# %% [markdown] lang="zh"
# ## 观察学习过程
#
# 网络把训练影像看四轮。每看一小批，就得知自己错了多少（即*损失*），并略微调整内部数值以减少错误。每轮结束后再看
# 验证集影像，但看不到答案。
#
# 请注意左图的两条线。两条线都下降，说明学到的内容也适用于其他患者；若训练损失继续下降而验证损失上升，说明它开始
# 死记硬背。

# %%
with lesson.live_curves(learn):
    learn.fit_one_cycle(4, 3e-3)

# %% [markdown] lang="en"
# The right-hand plot shows the **AUC** on validation films: how often a film with a fracture gets a higher score than
# one without. 0.5 is guessing, 1 is never wrong.
#
# This is the figure to choose by. Not satisfied? Change the number of rounds above and run both cells again, as often
# as you like: that is what validation films are for.

# %% [markdown] lang="zh"
# 右图是验证集上的 **AUC**：有骨折的影像得分高于无骨折影像的概率。0.5 等于猜测，1 表示从不出错。
#
# 选择模型就看这个数值。不满意？可修改上面的轮数，重新运行这两个单元格，次数不限：验证集就是用来做选择的。

# %% [markdown] lang="en"
# ## Open the test set, once
#
# Your choices are made. `xr.evaluate` settles the threshold on the validation films and then opens the test films.
#
# Read the interval, not only the figure. With so few films the AUC could as well be anywhere between its ends; two
# networks whose intervals overlap widely have not been shown to differ. *Sensitivity* is the share of fractures found,
# *specificity* the share of whole bones left in peace. The *calibration error* says how far a stated probability is
# from what then happens: at 0.10, a “70 %” may mean 60 or 80.

# %% [markdown] lang="zh"
# ## 打开测试集，仅一次
#
# 选择已经做完。`xr.evaluate` 先在验证集上确定阈值，再打开测试集。
#
# 不要只看数值，还要看置信区间。影像这么少，真实的 AUC 可能在区间内任何位置；两个网络的区间大幅重叠，就不能说二
# 者有差别。
# *敏感度*是骨折被检出的比例，*特异度*是无骨折影像未被误报的比例。*校准误差*表示给出的概率与实际情况相差多少：误
# 差为 0.10 时，
# “70%”的实际含义可能是 60% 或 80%。

# %%
result = xr.evaluate(learn)
display(result)

# %% [markdown] lang="en"
# ## Beside others
#
# The model that comes with xrlearn was trained in the same way on all training films, at 320 pixels and for longer. It
# is shown only where it was measured on films of the same source as yours.
# The published figure comes from other films, other bones and other hospitals, and is an accuracy: it is there for
# orientation, and no comparison.

# %% [markdown] lang="zh"
# ## 与其他模型并列
#
# xrlearn 自带模型的训练方法相同，只是使用全部训练影像、320 像素、训练更久；仅当它在与您同一来源的影像上评估过时才
# 列出。文献结果来自其他影像、其他部位和其他
# 医院，且指标是准确率，仅供参考，不能直接比较。

# %%
display(lesson.compare(result))

# %% [markdown] lang="en"
# ## Where it looked
#
# One test film with a fracture. The frame shows where it is: on FracAtlas's films a radiologist drew it, on simulated
# films it is known exactly. The colour is where the network found its evidence: yours first, then the one that comes
# with xrlearn. A right answer from the wrong place is no reason for trust, and one film proves nothing: change the `0`
# to `1`, `2`, `3` and look at more.

# %% [markdown] lang="zh"
# ## 它在看哪里
#
# 这是一张有骨折的测试影像。方框为骨折位置：FracAtlas 影像由放射科医师标注，模拟影像的位置则完全已知。颜色表示网络
# 找到依据的位置：先是您的网络，再是 xrlearn 自带模型。答案对而位置错，不值得信任；一张影像也说明不了问题：把 `0`
# 改为 `1`、`2`、`3`，多看几张。

# %%
broken = few[(few.split == "test") & (few.fracture == 1)]
display(xr.explain(learn, broken.iloc[0]))
display(xr.explain("fracture", broken.iloc[0]))

# %% [markdown] lang="en" tags=["showed"]
# ## What it cannot do
#
# - It knows two answers. A tumour, a dislocation, a foreign body are to it “no fracture”.
# - It knows what it was shown: simulated wrists alone, or, from FracAtlas, hand, leg, hip and shoulder of a few
#   hospitals in one country. Elsewhere its figure is unknown until somebody measures it there.
# - It takes whatever separates the films. Where plates and casts go with fractures, it learns plates and casts.
# - At 96 pixels, or at 320, a hairline fracture is not in the numbers at all.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它做不到什么
#
# - 它只有两种答案。肿瘤、脱位、异物在它看来都是“无骨折”。
# - 它只认识见过的影像：要么只有模拟的腕部，要么是 FracAtlas 中一个国家少数医院的手、腿、髋和肩部。换一个地方，在有人
#   评估之前，效果未知。
# - 凡是能把影像分开的特征它都会利用。钢板和石膏常与骨折同时出现，它就会学到钢板和石膏。
# - 缩小到 96 或 320 像素后，细微骨折线在数值中已不复存在。

# %% [markdown] lang="en"
# ## The lab
#
# Now try what makes such a model good or bad. Give it few patients and many, wrong answers, a tight rein or none.
# Before you move a slider, say what you expect; then look. Three questions follow at the end.

# %% [markdown] lang="zh"
# ## 实验
#
# 现在来看看是什么决定了模型的好坏：患者多或少、答案有误、约束强或弱。移动滑块之前，先说出您的预期，再看结果。最
# 后有三个问题。

# %% tags=["lab"]
from xrlearn.labs import train_fracture

lab = train_fracture.show()
